\set number random(1, 1000000000000)
WITH id AS (SELECT 'pay_' || lpad(:number::text, 26, '0') AS id),
    payment AS (INSERT INTO payment SELECT 1, id, 'm0', id, 'succeeded', 100, 'CNY', 100, 0, 0, 3,
        1, 2, NULL, repeat('0123456789', 90) FROM id),
    notification AS (INSERT INTO notification SELECT 'a', id, 'k', id, 'applied', repeat('h', 70),
        repeat('0123456789', 110)::bytea, 1 FROM id),
    event AS (INSERT INTO event SELECT 1, id, 'm0', 'payment.succeeded',
        repeat('0123456789', 64)::bytea, 1 FROM id),
    feed AS (INSERT INTO feed SELECT 1, 'm0', :number, id FROM id),
    delivery AS (INSERT INTO delivery (bucket, payment_id, id, merchant_id, state, attempts, paid_at)
        SELECT 1, id, 'evt_' || id || '_1_shop', 'm0', 'due', 0, 1 FROM id),
    task AS (INSERT INTO task SELECT 1, 'deliver/' || id, 1, -1, nextval('task_fence') FROM id),
    trade AS (INSERT INTO trade SELECT id, id FROM id)
INSERT INTO entry (bucket, payment_id, at, kind, detail)
    SELECT 1, id, 1, 'attempt.paid', repeat('d', 74) FROM id;
