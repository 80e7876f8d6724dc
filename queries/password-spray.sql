-- Which address failed to log on to a computer with at least ten accounts
-- within an hour of the clock.
WITH events AS (
  SELECT * FROM SecurityEvent
   WHERE Channel = 'Security' COLLATE NOCASE
     AND EventSourceName = 'Microsoft-Windows-Security-Auditing' COLLATE NOCASE
     AND EventID = 4625
     AND IpAddress NOT IN ('', '-', '127.0.0.1', '::1'))
SELECT min(EventTime) AS EventTime, Computer, IpAddress,
       count(DISTINCT TargetAccount) AS Accounts, count(*) AS Failures,
       max(EventTime) AS Last
  FROM events
 GROUP BY Computer, IpAddress, substr(EventTime, 1, 13)
HAVING count(DISTINCT TargetAccount) >= 10
 ORDER BY 1;
