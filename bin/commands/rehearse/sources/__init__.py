"""What stands in for the systems that a warehouse reads: an exchange's API and a SaaS product's."""
