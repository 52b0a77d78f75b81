"""What this product is for, shown on one machine: days that judge each other, and transfer where it pays."""
