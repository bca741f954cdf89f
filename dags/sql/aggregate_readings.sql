DROP TABLE IF EXISTS readings_daily_${day};
CREATE TABLE readings_daily_${day} AS
SELECT sensor, count(*) AS readings, round(avg(celsius), 2) AS celsius
FROM readings_${day}
GROUP BY sensor;
SELECT count(*) AS sensors, min(celsius) AS lowest, max(celsius) AS highest FROM readings_daily_${day};
