-- wrk script: one key and one body again and again; after the first request every reply is a stored one.
local headers = {
  ["Content-Type"] = "application/json",
  ["Authorization"] = "Bearer " .. os.getenv("TOKEN"),
  ["Idempotency-Key"] = "replayed",
}
local body = '{"originator_email_address":"marcus@trailblazers-club.example","data":{"subject":"Carbon plate cracked on first marathon","content":"The Vapor Pro 3 plate snapped at mile 14 of Berlin Marathon."}}'
function request() return wrk.format("POST", "/api/create_ticket", headers, body) end
