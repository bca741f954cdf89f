"""A local Apache Linkis: answers like the real 1.8 server (facts page), and really runs the code that it is sent."""
