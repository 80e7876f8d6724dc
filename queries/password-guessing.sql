-- Which account of a computer had at least 20 failed logons within an hour of
-- the clock.
WITH events AS (
  SELECT * FROM SecurityEvent
   WHERE Channel = 'Security' COLLATE NOCASE
     AND EventSourceName = 'Microsoft-Windows-Security-Auditing' COLLATE NOCASE
     AND EventID = 4625)
SELECT min(EventTime) AS EventTime, Computer, TargetAccount,
       count(*) AS Failures, group_concat(DISTINCT IpAddress) AS Addresses,
       max(EventTime) AS Last
  FROM events
 GROUP BY Computer, TargetAccount, substr(EventTime, 1, 13)
HAVING count(*) >= 20
 ORDER BY 1;
