"""Tests of what spans the products: the README, the demo, the site, a browser, and the rules of the code."""
