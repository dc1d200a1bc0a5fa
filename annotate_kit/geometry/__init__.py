"""How items lie to each other: nearest neighbours, clusters, and the plane that shows most of them."""
