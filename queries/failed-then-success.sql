-- At least five failed logons from an address within ten minutes, then a
-- logon from it.
SELECT ok.EventTime, ok.Computer, ok.IpAddress, ok.Account, ok.LogonTypeName,
       count(*) AS Failures, group_concat(DISTINCT bad.TargetAccount) AS Tried
  FROM SecurityEvent AS ok
  JOIN SecurityEvent AS bad
    ON bad.EventID = 4625 AND bad.Computer = ok.Computer
   AND bad.IpAddress = ok.IpAddress
   AND bad.EventTime <= ok.EventTime
   AND julianday(ok.EventTime) - julianday(bad.EventTime) <= 10.0 / 1440
 WHERE ok.EventID = 4624
   AND ok.IpAddress NOT IN ('', '-', '127.0.0.1', '::1')
 GROUP BY ok.RecordKey_CF
HAVING count(*) >= 5
 ORDER BY ok.EventTime;
