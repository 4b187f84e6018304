"""Groups inside a community: their members and stewards, and as whom people act in them."""
