-- wrk script: every request a new ticket over django-helpdesk's REST API, the same as create_ticket.lua's.
local headers = { ["Content-Type"] = "application/json", ["Authorization"] = "Token " .. os.getenv("TOKEN") }
local body = '{"queue":1,"submitter_email":"marcus@trailblazers-club.example","title":"Carbon plate cracked on first marathon","description":"The Vapor Pro 3 plate snapped at mile 14 of Berlin Marathon.","priority":3}'
function request() return wrk.format("POST", "/api/tickets/", headers, body) end
