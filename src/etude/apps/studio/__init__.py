"""The studio: a local web page to compose, compare and choose. No logic: requests come in, the desk answers.

guarding      who may ask: hosts, origins, the token, sizes
endpoints     the table of everything one can ask for; `description` tells it to programs (OpenAPI)
asked         what a request and its answer are
listening, training   the endpoints of blind sets; of runs and studies
fields        what the JSON of a request may hold
stream        one resumable stream of events a page
application   the Starlette application
server        uvicorn on this machine alone, and its end
static/       the pages: ES modules and CSS by hand, nothing from another host
"""
