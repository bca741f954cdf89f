"""What plans run, as stored: definitions of notebooks, pipelines, data sets and jobs."""
