-- One unit for one shopper. KEYS: stock, buyers, queue. ARGV: order id, shopper. Answers 1 placed, 2 already_ordered, 0 sold_out.
-- Refusals write nothing, so they cost no line of the append-only file.
if redis.call('SISMEMBER', KEYS[2], ARGV[2]) == 1 then
  return 2
end
if tonumber(redis.call('GET', KEYS[1])) < 1 then
  return 0
end
redis.call('DECR', KEYS[1])
redis.call('SADD', KEYS[2], ARGV[2])
redis.call('XADD', KEYS[3], '*', 'o', ARGV[1], 'u', ARGV[2])
return 1
