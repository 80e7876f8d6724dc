-- At least five failed logons from an address within ten minutes, then a
-- logon from it.
WITH events AS (
  SELECT * FROM SecurityEvent
   WHERE Channel = 'Security' COLLATE NOCASE
     AND EventSourceName = 'Microsoft-Windows-Security-Auditing' COLLATE NOCASE
     AND EventID IN (4624, 4625)
     AND IpAddress NOT IN ('', '-', '127.0.0.1', '::1'))
SELECT ok.EventTime, ok.Computer, ok.IpAddress, ok.Account, ok.LogonTypeName,
       count(*) AS Failures, group_concat(DISTINCT bad.TargetAccount) AS Tried
  FROM events AS ok
  JOIN events AS bad
    ON bad.EventID = 4625 AND bad.Computer = ok.Computer
   AND bad.IpAddress = ok.IpAddress
   AND bad.EventTime <= ok.EventTime
   AND julianday(ok.EventTime) - julianday(bad.EventTime) <= 10.0 / 1440
 WHERE ok.EventID = 4624
 GROUP BY ok.EventTime, ok.Computer, ok.IpAddress, ok.Account, ok.LogonTypeName
HAVING count(*) >= 5
 ORDER BY ok.EventTime;
