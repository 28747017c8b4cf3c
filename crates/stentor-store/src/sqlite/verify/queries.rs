//! What must hold between rows, as queries whose answer is empty.

/// A check: the rows it looks at, and those that break it, in words.
pub(super) struct Query {
    pub name: &'static str,
    /// How many rows are looked at.
    pub all: &'static str,
    /// One column: what is wrong.
    pub broken: &'static str,
}

pub(super) const QUERIES: &[Query] = &[
    Query {
        name: "messages are of a known account and channel",
        all: "SELECT count(*) FROM message",
        broken: "SELECT 'message ' || m.id || ' is of channel ' || m.channel || ', which is not of its account' \
                 FROM message m LEFT JOIN channel c ON c.id = m.channel WHERE c.account IS NOT m.account",
    },
    Query {
        name: "what is queued has a body",
        all: "SELECT count(*) FROM message WHERE state IN ('accepted','waiting')",
        broken: "SELECT 'message ' || id || ' is queued and has no body' FROM message \
                 WHERE state IN ('accepted','waiting') AND NOT EXISTS (SELECT 1 FROM body b WHERE b.message = id)",
    },
    Query {
        name: "no body without its message",
        all: "SELECT count(*) FROM body",
        broken: "SELECT 'a body of message ' || b.message || ', which is not there' FROM body b \
                 WHERE NOT EXISTS (SELECT 1 FROM message m WHERE m.id = b.message)",
    },
    Query {
        name: "no event without its message",
        all: "SELECT count(*) FROM event",
        broken: "SELECT 'event ' || e.seq || ' of message ' || e.message || ', which is not there' FROM event e \
                 WHERE NOT EXISTS (SELECT 1 FROM message m WHERE m.id = e.message)",
    },
    Query {
        name: "events are numbered without a gap",
        all: "SELECT count(*) FROM message",
        broken: "SELECT 'message ' || m.id || ' counts ' || m.events || ' events, there are ' || count(e.seq) \
                 FROM message m LEFT JOIN event e ON e.message = m.id GROUP BY m.id \
                 HAVING count(e.seq) <> m.events OR coalesce(max(e.seq), -1) <> m.events - 1",
    },
    Query {
        name: "attempts are of a message that made them",
        all: "SELECT count(*) FROM attempt",
        broken: "SELECT 'attempt ' || a.no || ' of message ' || a.message || ', which made ' || \
                 coalesce(m.attempts, 'none: it is not there') FROM attempt a LEFT JOIN message m ON m.id = a.message \
                 WHERE m.id IS NULL OR a.no NOT BETWEEN 1 AND m.attempts",
    },
    Query {
        name: "what is learnt from is shared",
        all: "SELECT count(*) FROM learning",
        broken: "SELECT 'line ' || l.seq || ' of the learning log is of message ' || m.id || ', which is not shared' \
                 FROM learning l JOIN message m ON m.id = l.message \
                 WHERE m.sharing = 0 OR m.account <> l.account OR m.decided IS NULL",
    },
    Query {
        name: "waiting webhooks tell something that is there",
        all: "SELECT (SELECT count(*) FROM outbox) + (SELECT count(*) FROM postponed)",
        broken: "SELECT 'delivery ' || o.id || ' tells what is not there' FROM \
                 (SELECT * FROM outbox UNION ALL SELECT * FROM postponed) o WHERE CASE \
                 WHEN o.notice IS NULL THEN NOT EXISTS \
                 (SELECT 1 FROM event e WHERE e.message = o.message AND e.seq = o.seq) \
                 ELSE NOT EXISTS (SELECT 1 FROM notice n WHERE n.id = o.notice) END",
    },
    Query {
        name: "what was put off stands apart",
        all: "SELECT (SELECT count(*) FROM outbox) + (SELECT count(*) FROM postponed)",
        broken: "SELECT 'delivery ' || id || ' is put off and among the fresh' FROM outbox WHERE due > queued_at \
                 UNION ALL SELECT 'delivery ' || id || ' is fresh and among what was put off' FROM postponed \
                 WHERE due <= queued_at",
    },
    Query {
        name: "notices are wanted as often as they say",
        all: "SELECT count(*) FROM notice",
        broken: "SELECT 'notice ' || n.id || ' counts ' || n.refs || ' deliveries, there are ' || coalesce(o.n, 0) \
                 FROM notice n LEFT JOIN (SELECT notice, count(*) n FROM \
                 (SELECT * FROM outbox UNION ALL SELECT * FROM postponed) WHERE notice IS NOT NULL \
                 GROUP BY notice) o ON o.notice = n.id WHERE coalesce(o.n, 0) <> n.refs",
    },
    Query {
        name: "counted states are the rows",
        all: "SELECT count(*) FROM message",
        broken: "SELECT 'account ' || key || ' counts ' || sum(counted) || ' messages in ' || substr(name, 7) || \
                 ', there are ' || sum(there) FROM (SELECT name, key, n AS counted, 0 AS there FROM counter \
                 WHERE name LIKE 'state.%' UNION ALL SELECT 'state.' || state, account, 0, count(*) FROM message \
                 GROUP BY state, account) GROUP BY name, key HAVING sum(counted) <> sum(there)",
    },
    Query {
        name: "counted webhooks are the rows",
        all: "SELECT (SELECT count(*) FROM outbox) + (SELECT count(*) FROM postponed)",
        broken: "SELECT 'endpoint ' || key || ' counts ' || sum(counted) || ' ' || name || ', there are ' || sum(there) \
                 FROM (SELECT name, key, n AS counted, 0 AS there FROM counter WHERE name IN ('outbox','postponed') \
                 UNION ALL SELECT 'outbox', endpoint, 0, count(*) FROM \
                 (SELECT * FROM outbox UNION ALL SELECT * FROM postponed) GROUP BY endpoint \
                 UNION ALL SELECT 'postponed', endpoint, 0, count(*) FROM postponed \
                 GROUP BY endpoint) GROUP BY name, key HAVING sum(counted) <> sum(there)",
    },
    Query {
        name: "counted statuses, names and held messages are the rows",
        all: "SELECT (SELECT count(*) FROM parked) + (SELECT count(*) FROM seen)",
        broken: "SELECT counted.name || ': ' || coalesce(c.n, 0) || ' counted, ' || counted.n || ' there' FROM \
                 (SELECT 'parked' AS name, count(*) AS n FROM parked UNION ALL SELECT 'seen', count(*) FROM seen \
                 UNION ALL SELECT 'held', count(*) FROM message WHERE wait = 'restored') counted \
                 LEFT JOIN counter c ON c.name = counted.name AND c.key = 0 WHERE coalesce(c.n, 0) <> counted.n",
    },
    Query {
        name: "what was heard before is known by its hash",
        all: "SELECT count(*) FROM seen",
        broken: "SELECT 'what account ' || account || ' heard as number ' || id || ' has no whole hash' FROM seen \
                 WHERE length(key) <> 16",
    },
    Query {
        name: "businesses began with people one after another",
        all: "SELECT count(*) FROM begun",
        broken: "SELECT 'business ' || business || ' began with a person before it had' FROM begun \
                 WHERE before_at > at OR kept_at > coalesce(before_at, at)",
    },
    Query {
        name: "what came of templates can have come of them",
        all: "SELECT count(*) FROM template_reception",
        broken: "SELECT 'template ' || r.template || ' counts less than nothing, or for another account' \
                 FROM template_reception r LEFT JOIN template t ON t.id = r.template \
                 WHERE t.account <> r.account OR ever < 0 \
                 OR min(taken, failed, delivered, opted_out, shared, fresh_1, fresh_2, fresh_3, read) < 0",
    },
    Query {
        name: "ids lie within the last ids given",
        all: "SELECT 6",
        broken: "SELECT there.name || ': ' || there.id || ' is there, ' || coalesce(c.n, 0) || ' was the last given' FROM \
                 (SELECT 'last_message' AS name, max(id) AS id FROM message \
                 UNION ALL SELECT 'last_delivery', max(id) FROM outbox UNION ALL SELECT 'last_delivery', max(id) FROM postponed \
                 UNION ALL SELECT 'last_delivery', max(delivery) FROM delivery_log \
                 UNION ALL SELECT 'last_notice', max(id) FROM notice UNION ALL SELECT 'last_parked', max(id) FROM parked \
                 UNION ALL SELECT 'last_audit', max(id) FROM audit \
                 UNION ALL SELECT 'last_line', max(seq) FROM learning) there \
                 LEFT JOIN counter c ON c.name = there.name AND c.key = 0 WHERE there.id > coalesce(c.n, 0)",
    },
];
