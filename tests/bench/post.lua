-- Promises: wrk posts one request body over and over and reports its figures as one line of JSON. With CHECK set it also
-- counts the answers whose body names the expected rule (slower: used in its own short run).
local file = assert(io.open(os.getenv("BODY") or error("BODY names the request file"), "rb"))
wrk.method = os.getenv("METHOD") or "POST"
wrk.body = file:read("*a")
wrk.headers["Content-Type"] = "application/json"
-- With TOKENS each request carries the next line of that file as its bearer token: a token is good for one call.
if os.getenv("TOKENS") then
  local tokens = {}
  for token in io.lines(os.getenv("TOKENS")) do table.insert(tokens, token) end
  local next_token = 0
  function request()
    next_token = next_token + 1
    if not tokens[next_token] then next_token = 1 end
    wrk.headers["Authorization"] = "Bearer " .. tokens[next_token]
    return wrk.format()
  end
end
if os.getenv("CLOSE") then wrk.headers["Connection"] = "close" end
file:close()

local expected = os.getenv("CHECK")
local threads = {}
function setup(thread) table.insert(threads, thread) end
function init() answers, wrong = 0, 0 end
if expected then
  function response(status, headers, body)
    answers = answers + 1
    if status ~= 200 or not body:find(expected, 1, true) then wrong = wrong + 1 end
  end
end

function done(summary, latency)
  local checked, mistaken = 0, 0
  for _, thread in ipairs(threads) do
    checked = checked + (thread:get("answers") or 0)
    mistaken = mistaken + (thread:get("wrong") or 0)
  end
  local e = summary.errors
  io.write(string.format(
    'FIGURES {"requests":%d,"seconds":%.6f,"p50":%d,"p99":%d,"p999":%d,"max":%d,"errors":%d,"checked":%d,"wrong":%d}\n',
    summary.requests, summary.duration / 1e6, latency:percentile(50), latency:percentile(99), latency:percentile(99.9),
    latency.max, e.connect + e.read + e.write + e.status + e.timeout, checked, mistaken))
end
