"""The web server: what people send and read is waited for by an event loop, and Django runs in threads."""
