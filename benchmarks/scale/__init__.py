"""What a day of the recommender costs at growing sizes: CPU, wall and memory of every stage."""
