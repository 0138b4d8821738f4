"""What a request over HTTP costs, here and on other SPARQL servers."""
