"""Items: found, deleted, and followed when labels change."""
