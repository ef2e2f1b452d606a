-- GCRA over several windows at once, by the clock of Redis. A request is admitted when it fits into every window; one
-- that does not fit uses nothing up.
--
-- KEYS      one a window; each holds its theoretical arrival time, in microseconds since the epoch
-- ARGV      three a window: microseconds between two requests, requests at once, and 1 for a window that never refuses
-- returns   two numbers a window: requests that remain, and microseconds until the next one fits (0 where it fits now)

local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local answer, arrivals, admitted = {}, {}, true

for place, key in ipairs(KEYS) do
  local every, burst, shadow = tonumber(ARGV[3 * place - 2]), tonumber(ARGV[3 * place - 1]), ARGV[3 * place] == '1'
  local arrival = math.max(tonumber(redis.call('GET', key) or '0'), now)
  local room = now + every * burst - arrival
  if room >= every then
    arrivals[place] = arrival + every
    answer[2 * place - 1], answer[2 * place] = math.floor(room / every) - 1, 0
  else
    admitted = admitted and shadow
    answer[2 * place - 1], answer[2 * place] = 0, math.ceil(every - room)
  end
end

if admitted then
  for place, arrival in pairs(arrivals) do
    local left = math.ceil((arrival - now) / 1000)
    redis.call('SET', KEYS[place], string.format('%.0f', arrival), 'PX', math.max(left, 1))
  end
end
return answer
