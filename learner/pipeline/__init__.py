"""One round's work, from votes to an order: training, scoring, and more votes where they pay."""
