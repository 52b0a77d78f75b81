"""The serving contract over HTTP: each route is one SQL function of the serving store, for those who read no SQL."""
