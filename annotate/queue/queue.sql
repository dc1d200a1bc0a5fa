-- The queue's functions: lease the next items, or those of a page, and submit an answer. Answering and leasing the next
-- items is one statement (annotate/queue/submitting.py). `manage.py migrate` runs this file each time
-- (annotate/queue/functions.py).
--
-- Locks are always taken in this order, so that no two can wait for each other in a circle: the label set (an advisory
-- lock, shared by those who store values), queue entries by item id, assignments, annotations. A cursor may be locked
-- before or after these, since nobody waits for anything while they hold one: leasing passes locked entries over.
-- Planner settings: statistics lag behind a big import, and every plan here must be a walk along an index.

CREATE OR REPLACE FUNCTION annotate_sweep(p_project bigint) RETURNS void
LANGUAGE plpgsql SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off AS $$
-- Expired leases give their places back: every few seconds, 200 at a time, by whoever asks next.
BEGIN
    UPDATE annotate_queuestate SET swept_at = now()
    WHERE project_id = (
        SELECT project_id FROM annotate_queuestate
        WHERE project_id = p_project AND (swept_at IS NULL OR swept_at < now() - interval '3 seconds')
        FOR UPDATE SKIP LOCKED
    );
    IF NOT FOUND THEN
        RETURN;
    END IF;
    WITH due AS MATERIALIZED (
        SELECT item_id FROM annotate_assignment
        WHERE project_id = p_project AND status = 'leased' AND expires_at < now()
        ORDER BY expires_at LIMIT 200
    ), held AS MATERIALIZED (
        SELECT item_id FROM annotate_queueentry
        WHERE item_id IN (SELECT item_id FROM due) FOR UPDATE SKIP LOCKED
    ), expired AS (
        UPDATE annotate_assignment a SET status = 'expired' FROM held
        WHERE a.item_id = held.item_id AND a.status = 'leased' AND a.expires_at < now()
        RETURNING a.item_id
    )
    UPDATE annotate_queueentry q SET taken = q.taken - freed.places
    FROM (SELECT item_id, count(*) AS places FROM expired GROUP BY item_id) freed
    WHERE q.item_id = freed.item_id;
END $$;


DROP FUNCTION IF EXISTS annotate_lease(bigint, bigint, int, int);  -- its former signatures
DROP FUNCTION IF EXISTS annotate_lease(bigint, bigint, int, int, boolean);
DROP FUNCTION IF EXISTS annotate_lease(bigint, bigint, int, int, boolean, float8);
DROP FUNCTION IF EXISTS annotate_lease(bigint, bigint, int, int, boolean, float8, boolean);
DROP FUNCTION IF EXISTS annotate_lease(bigint, bigint, int, int, boolean, float8, float8, boolean);

CREATE OR REPLACE FUNCTION annotate_wrapped(p_number numeric) RETURNS bigint
LANGUAGE sql IMMUTABLE AS $$
-- The lowest 64 bits of a whole number.
    SELECT (mod(mod(p_number, 18446744073709551616) + 27670116110564327424, 18446744073709551616)
            - 9223372036854775808)::bigint
$$;


CREATE OR REPLACE FUNCTION annotate_hash_share(p_project bigint, p_item bigint) RETURNS float8
LANGUAGE plpgsql IMMUTABLE AS $$
-- A number from 0 to 1 for each item; those below the project's test share are served at random. The same as
-- `hash_shares` in learner/exploration.py, which says how it is made.
DECLARE
    c_step CONSTANT numeric := 11400714819323198485;
    z bigint := annotate_wrapped(p_item + p_project * c_step);
BEGIN
    FOR i IN 1..2 LOOP
        z := annotate_wrapped(z + c_step);
        z := annotate_wrapped((z # ((z >> 30) & ((1::bigint << 34) - 1))) * 13787848793156543929);
        z := annotate_wrapped((z # ((z >> 27) & ((1::bigint << 37) - 1))) * 10723151780598845931);
        z := z # ((z >> 31) & ((1::bigint << 33) - 1));
    END LOOP;
    RETURN ((z >> 11) & ((1::bigint << 53) - 1)) / 9007199254740992::float8;
END $$;


CREATE OR REPLACE FUNCTION annotate_lock_cursor(p_project bigint, p_annotator bigint) RETURNS annotate_cursor
LANGUAGE plpgsql AS $$
-- Where this annotator's leases go on, locked: one person's leases come one after another. New, it stands at the start.
DECLARE
    c annotate_cursor;
BEGIN
    INSERT INTO annotate_cursor (project_id, annotator_id, generation, urgent_rank, urgent_item, band_rank,
                                 queue_rank, queue_item, reset_at, scan_ms, begun_rank, begun_item, takes_any)
    VALUES (p_project, p_annotator, -1, '-infinity', 0, -1, 0, 0, '-infinity', 0, '-infinity', 0, false)
    ON CONFLICT (project_id, annotator_id) DO NOTHING;
    SELECT * INTO c FROM annotate_cursor WHERE project_id = p_project AND annotator_id = p_annotator FOR UPDATE;
    RETURN c;
END $$;


CREATE OR REPLACE FUNCTION annotate_fair_share(p_project bigint, p_annotator bigint) RETURNS int
LANGUAGE sql STABLE SET enable_seqscan = off AS $$
-- How many items one person may hold ahead where others wait: what is open or held, dealt out to all who hold something,
-- this person, and one who may come. At least 1; counted no further than where it is 100 for each.
    WITH held AS (
        SELECT count(*) AS leases, 2 + count(DISTINCT annotator_id) FILTER (WHERE annotator_id <> p_annotator) AS people
        FROM annotate_assignment
        WHERE project_id = p_project AND status = 'leased' AND expires_at > clock_timestamp()
    )
    SELECT greatest(1, (leases + (
        SELECT count(*) FROM (
            SELECT 1 FROM annotate_queueentry WHERE project_id = p_project AND open LIMIT 100 * people
        ) AS enough
    )) / people)::int FROM held
$$;


CREATE OR REPLACE FUNCTION annotate_lease(
    p_project bigint, p_annotator bigint, p_count int, p_seconds int, p_suggestions boolean, p_test_share float8,
    p_finish float8, p_share boolean, p_route boolean
)
RETURNS SETOF annotate_assignment
LANGUAGE plpgsql ROWS 1 SET enable_seqscan = off SET enable_bitmapscan = off SET enable_hashjoin = off
SET enable_mergejoin = off SET enable_sort = off AS $$
-- Next = urgent items, then the learner's band, then the rest by rank, each from where this annotator's cursor stands.
-- For a share p_finish of the members what others have begun comes before the band. Of that they look at a few entries
-- each time and go round, since most of it may be what they answered themselves.
-- With p_suggestions the newest suggestion for each item is recorded as shown, but for items of the test share; with
-- p_share nobody comes to hold more than a fair share of what is open. With p_route items that prefer other people are
-- passed over while anything else is open; who finds nothing else takes any until their next look from the start. Urgent
-- items are for everybody.
DECLARE
    c annotate_cursor;
    v_generation int;
    v_items bigint[] := '{}';
    v_part bigint[];
    v_ranks float8[];
    v_source int;  -- 1 urgent, 2 begun, 3 band, 4 rest, 5: all of them gave what they had
    v_finishes boolean := false;
    v_last_begun int;  -- the place of the last of these among the picked
    c_looked_at CONSTANT int := 30;
    v_from_start boolean := false;
    v_chooses boolean;  -- whether items that prefer others are passed over
    v_began timestamptz;
    c_most_live CONSTANT int := 100;  -- leases of one person in a project at once, so that nobody empties the queue
BEGIN
    IF p_count < 1 THEN
        RETURN;
    END IF;
    PERFORM annotate_sweep(p_project);
    SELECT generation INTO v_generation FROM annotate_queuestate WHERE project_id = p_project;
    IF NOT FOUND THEN
        RETURN;  -- nothing was ever imported
    END IF;
    c := annotate_lock_cursor(p_project, p_annotator);

    SELECT least(p_count, CASE WHEN p_share THEN least(c_most_live, annotate_fair_share(p_project, p_annotator))
                               ELSE c_most_live END - count(*)) INTO p_count FROM annotate_assignment
    WHERE annotator_id = p_annotator AND project_id = p_project AND status = 'leased'
      AND expires_at > clock_timestamp();
    IF p_count <= 0 THEN
        RETURN;
    END IF;

    IF c.generation <> v_generation OR c.reset_at < clock_timestamp() - interval '2 minutes' THEN
        v_from_start := true;
        c.takes_any := false;
    END IF;
    v_chooses := p_route AND NOT c.takes_any;

    IF p_finish > 0 THEN  -- evenly among the members, in the order in which they joined
        SELECT floor(count(*) * p_finish) > floor((count(*) - 1) * p_finish) INTO v_finishes FROM projects_membership
        WHERE project_id = p_project AND id <= (
            SELECT id FROM projects_membership WHERE project_id = p_project AND user_id = p_annotator
        );
    END IF;

    LOOP
        v_began := clock_timestamp();
        IF v_from_start THEN
            c.generation := v_generation;
            c.urgent_rank := '-infinity'; c.urgent_item := 0;
            c.band_rank := -1;
            c.queue_rank := 0; c.queue_item := -1;
        END IF;

        -- A source that is not needed any more has LIMIT 0, and is not looked at.
        WITH urgent AS (
            SELECT 1 AS source, q.item_id, q.rank FROM annotate_queueentry q
            WHERE q.project_id = p_project AND q.open AND q.rank < 0
              AND (q.rank, q.item_id) > (c.urgent_rank, c.urgent_item) AND q.item_id <> ALL (v_items)
              AND NOT coalesce((SELECT a.status IN ('leased', 'submitted', 'skipped') FROM annotate_assignment a
                                WHERE a.item_id = q.item_id AND a.annotator_id = p_annotator), false)
            ORDER BY q.rank, q.item_id LIMIT p_count - cardinality(v_items)
            FOR UPDATE OF q SKIP LOCKED
        ), begun AS (
            SELECT 2, q.item_id, q.rank FROM (
                SELECT b.item_id, b.rank FROM annotate_queueentry b
                WHERE b.project_id = p_project AND b.begun
                  AND (b.rank, b.item_id) > (c.begun_rank, c.begun_item)
                ORDER BY b.rank, b.item_id LIMIT CASE WHEN v_finishes THEN c_looked_at ELSE 0 END
            ) near JOIN annotate_queueentry q ON q.item_id = near.item_id
            WHERE q.begun AND q.item_id <> ALL (v_items) AND q.item_id <> ALL (ARRAY(SELECT item_id FROM urgent))
              AND (NOT v_chooses OR q.preferred IS NULL OR p_annotator = ANY (q.preferred))
              AND NOT coalesce((SELECT a.status IN ('leased', 'submitted', 'skipped') FROM annotate_assignment a
                                WHERE a.item_id = q.item_id AND a.annotator_id = p_annotator), false)
            ORDER BY near.rank, near.item_id LIMIT p_count - cardinality(v_items) - (SELECT count(*) FROM urgent)
            FOR UPDATE OF q SKIP LOCKED
        ), band AS (
            SELECT 3, q.item_id, b.rank::float8 FROM annotate_band b JOIN annotate_queueentry q ON q.item_id = b.item_id
            WHERE b.project_id = p_project AND b.generation = v_generation AND b.rank > c.band_rank AND q.open
              AND q.item_id <> ALL (v_items) AND q.item_id <> ALL (ARRAY(SELECT item_id FROM urgent))
              AND q.item_id <> ALL (ARRAY(SELECT item_id FROM begun))
              AND (NOT v_chooses OR q.preferred IS NULL OR p_annotator = ANY (q.preferred))
              AND NOT coalesce((SELECT a.status IN ('leased', 'submitted', 'skipped') FROM annotate_assignment a
                                WHERE a.item_id = q.item_id AND a.annotator_id = p_annotator), false)
            ORDER BY b.rank
            LIMIT p_count - cardinality(v_items) - (SELECT count(*) FROM urgent) - (SELECT count(*) FROM begun)
            FOR UPDATE OF q SKIP LOCKED
        ), rest AS (
            SELECT 4, q.item_id, q.rank FROM annotate_queueentry q
            WHERE q.project_id = p_project AND q.open AND q.rank >= 0
              AND (q.rank, q.item_id) > (c.queue_rank, c.queue_item)
              AND q.item_id <> ALL (v_items) AND q.item_id <> ALL (ARRAY(SELECT item_id FROM band))
              AND q.item_id <> ALL (ARRAY(SELECT item_id FROM begun))
              AND (NOT v_chooses OR q.preferred IS NULL OR p_annotator = ANY (q.preferred))
              AND NOT coalesce((SELECT a.status IN ('leased', 'submitted', 'skipped') FROM annotate_assignment a
                                WHERE a.item_id = q.item_id AND a.annotator_id = p_annotator), false)
            ORDER BY q.rank, q.item_id
            LIMIT p_count - cardinality(v_items) - (SELECT count(*) FROM urgent) - (SELECT count(*) FROM begun)
                - (SELECT count(*) FROM band)
            FOR UPDATE OF q SKIP LOCKED
        )
        SELECT array_agg(item_id ORDER BY source, rank, item_id), array_agg(rank ORDER BY source, rank, item_id),
               max(source), count(*) FILTER (WHERE source < 3)
        INTO v_part, v_ranks, v_source, v_last_begun
        FROM (SELECT * FROM urgent UNION ALL SELECT * FROM begun UNION ALL SELECT * FROM band
              UNION ALL SELECT * FROM rest) picked;
        -- A statement of its own: one that met a row as it was before others changed it would pick again.
        UPDATE annotate_queueentry SET taken = taken + 1 WHERE item_id = ANY (v_part);
        v_items := v_items || coalesce(v_part, '{}');

        -- The cursor stands behind the last of these; the sources before that one, or all of them, are exhausted.
        IF cardinality(v_items) < p_count THEN
            v_source := 5;
        END IF;
        IF v_finishes AND v_source = 2 THEN
            c.begun_rank := v_ranks[v_last_begun]; c.begun_item := v_part[v_last_begun];
        ELSIF v_finishes AND v_source > 2 THEN  -- none of those near by is left: go on behind them, or from the start
            SELECT rank, item_id INTO c.begun_rank, c.begun_item FROM annotate_queueentry
            WHERE project_id = p_project AND begun AND (rank, item_id) > (c.begun_rank, c.begun_item)
            ORDER BY rank, item_id OFFSET c_looked_at - 1 LIMIT 1;
            IF NOT FOUND THEN
                c.begun_rank := '-infinity'; c.begun_item := 0;
            END IF;
        END IF;
        IF v_source > 1 THEN c.urgent_rank := 0; END IF;
        IF v_source > 3 THEN c.band_rank := 9223372036854775807; END IF;
        CASE v_source
            WHEN 1 THEN c.urgent_rank := v_ranks[cardinality(v_ranks)]; c.urgent_item := v_part[cardinality(v_part)];
            WHEN 2 THEN NULL;
            WHEN 3 THEN c.band_rank := v_ranks[cardinality(v_ranks)];
            WHEN 4 THEN c.queue_rank := v_ranks[cardinality(v_ranks)]; c.queue_item := v_part[cardinality(v_part)];
            ELSE c.queue_rank := 'infinity';
        END CASE;

        IF v_from_start THEN
            c.reset_at := clock_timestamp();
            c.scan_ms := extract(epoch FROM clock_timestamp() - v_began) * 1000;
        END IF;
        IF v_chooses AND cardinality(v_items) = 0 THEN  -- there is nothing else: look at everything, from the start
            v_chooses := false;
            c.takes_any := true;
            v_from_start := true;
            CONTINUE;
        END IF;
        -- Too few found: places may have come free behind the cursor, so look from the start once; but where that
        -- look is slow (an annotator who has been through everything), spend no more than a twentieth of the time on it.
        EXIT WHEN cardinality(v_items) >= p_count OR v_from_start
            OR (c.scan_ms > 25 AND c.reset_at > clock_timestamp() - c.scan_ms * 20 * interval '1 millisecond');
        v_from_start := true;
    END LOOP;

    UPDATE annotate_cursor SET generation = c.generation, urgent_rank = c.urgent_rank, urgent_item = c.urgent_item,
        band_rank = c.band_rank, queue_rank = c.queue_rank, queue_item = c.queue_item,
        reset_at = c.reset_at, scan_ms = c.scan_ms, begun_rank = c.begun_rank, begun_item = c.begun_item,
        takes_any = c.takes_any
    WHERE id = c.id;

    RETURN QUERY
    INSERT INTO annotate_assignment AS a (project_id, item_id, annotator_id, status, leased_at, expires_at, reason,
                                          suggestion_shown)
    SELECT p_project, leased.item_id, p_annotator, 'leased', clock_timestamp(),
           clock_timestamp() + p_seconds * interval '1 second', '',
           CASE WHEN p_suggestions THEN (
               SELECT jsonb_build_object('model', s.model, 'value', s.value, 'proba', s.proba)
                   || CASE WHEN s.parts IS NULL THEN '{}' ELSE jsonb_build_object('parts', s.parts) END
               FROM annotate_suggestion s
               WHERE s.item_id = leased.item_id AND annotate_hash_share(p_project, s.item_id) >= p_test_share
               ORDER BY s.created_at DESC, s.id DESC LIMIT 1
           ) END
    FROM unnest(v_items) AS leased(item_id)
    ON CONFLICT (item_id, annotator_id) DO UPDATE
    SET status = 'leased', leased_at = excluded.leased_at, expires_at = excluded.expires_at, reason = '',
        suggestion_shown = excluded.suggestion_shown, assigned = false
    RETURNING a.*;
END $$;


DROP FUNCTION IF EXISTS annotate_lease_predicted(bigint, bigint, bigint, int, int, int);  -- its former signature

CREATE OR REPLACE FUNCTION annotate_lease_predicted(
    p_project bigint, p_annotator bigint, p_label bigint, p_count int, p_fewest int, p_seconds int,
    p_test_share float8
)
RETURNS SETOF annotate_assignment
LANGUAGE plpgsql ROWS 24 SET enable_seqscan = off SET enable_bitmapscan = off SET enable_hashjoin = off
SET enable_mergejoin = off AS $$
-- Leases up to p_count items that are predicted to have a label and may be verified by the page, by their places;
-- none where there are fewer than p_fewest. Never those of the test share, which may have grown since the predictions
-- were made.
DECLARE
    v_items bigint[];
    c_most_live CONSTANT int := 100;  -- as in annotate_lease
BEGIN
    PERFORM annotate_sweep(p_project);
    PERFORM annotate_lock_cursor(p_project, p_annotator);
    SELECT least(p_count, c_most_live - count(*)) INTO p_count FROM annotate_assignment
    WHERE annotator_id = p_annotator AND project_id = p_project AND status = 'leased'
      AND expires_at > clock_timestamp();
    IF p_count < p_fewest THEN
        RETURN;
    END IF;
    SELECT array_agg(item_id ORDER BY place, item_id) INTO v_items FROM (
        SELECT q.item_id, p.place FROM annotate_prediction p JOIN annotate_queueentry q ON q.item_id = p.item_id
        WHERE p.label_id = p_label AND p.verifiable AND q.project_id = p_project AND q.open
          AND annotate_hash_share(p_project, q.item_id) >= p_test_share
          AND NOT coalesce((SELECT a.status IN ('leased', 'submitted', 'skipped') FROM annotate_assignment a
                            WHERE a.item_id = q.item_id AND a.annotator_id = p_annotator), false)
        ORDER BY p.place, p.item_id LIMIT p_count
        FOR UPDATE OF q SKIP LOCKED
    ) picked;
    IF coalesce(cardinality(v_items), 0) < p_fewest THEN
        RETURN;
    END IF;
    UPDATE annotate_queueentry SET taken = taken + 1 WHERE item_id = ANY (v_items);
    RETURN QUERY
    INSERT INTO annotate_assignment AS a (project_id, item_id, annotator_id, status, leased_at, expires_at, reason)
    SELECT p_project, leased.item_id, p_annotator, 'leased', clock_timestamp(),
           clock_timestamp() + p_seconds * interval '1 second', ''
    FROM unnest(v_items) AS leased(item_id)
    ON CONFLICT (item_id, annotator_id) DO UPDATE
    SET status = 'leased', leased_at = excluded.leased_at, expires_at = excluded.expires_at, reason = '',
        suggestion_shown = NULL, assigned = false
    RETURNING a.*;
END $$;


DROP FUNCTION IF EXISTS annotate_submit(bigint, bigint, jsonb, uuid, float8);  -- a former signature
DROP FUNCTION IF EXISTS annotate_submit(bigint, bigint, jsonb, uuid, float8, int);  -- a former signature
DROP FUNCTION IF EXISTS annotate_submit(bigint, bigint, jsonb, uuid, float8, int, jsonb);  -- it may have returned less

CREATE FUNCTION annotate_submit(
    p_assignment bigint, p_annotator bigint, p_value jsonb, p_key uuid, p_seconds float8, p_labels int,
    p_origins jsonb DEFAULT NULL,
    OUT outcome text, OUT stored annotate_annotation
)
LANGUAGE plpgsql SET enable_seqscan = off AS $$
-- Stores an answer: outcome created, changed (the former value goes to the history), repeated (this client_key was
-- handled before), reviewed (a reviewer accepted or corrected the present one, which stays as it is), relabelled
-- (nothing is stored, because the value was checked by another version of the label set than the present one, which
-- p_labels names), or null when the assignment is not this annotator's. A late answer finds its place again;
-- when the place was given away, one more annotation is wanted: nothing that was answered is lost.
-- `stored` is the annotation as it is now.
DECLARE
    a annotate_assignment;
BEGIN
    SELECT * INTO a FROM annotate_assignment WHERE id = p_assignment AND annotator_id = p_annotator;
    IF NOT FOUND THEN
        RETURN;
    END IF;
    PERFORM pg_advisory_xact_lock_shared(hashtextextended('projects.labels', a.project_id));
    IF p_labels <> (SELECT labels_version FROM projects_project WHERE id = a.project_id) THEN
        outcome := 'relabelled';
        RETURN;
    END IF;
    PERFORM 1 FROM annotate_queueentry WHERE item_id = a.item_id FOR UPDATE;
    SELECT * INTO a FROM annotate_assignment WHERE id = p_assignment FOR UPDATE;
    IF NOT FOUND THEN
        RETURN;  -- the project was deleted while this waited
    END IF;
    SELECT * INTO stored FROM annotate_annotation WHERE item_id = a.item_id AND annotator_id = p_annotator FOR UPDATE;

    IF p_key IS NOT NULL AND (stored.client_key = p_key OR EXISTS (
        SELECT 1 FROM annotate_annotationchange h
        WHERE h.item_id = a.item_id AND h.annotator_id = p_annotator AND h.client_key = p_key
    )) THEN
        outcome := 'repeated';
        RETURN;
    END IF;

    IF stored.id IS NOT NULL AND coalesce((
        SELECT r.verdict <> 'sent_back' FROM annotate_review r
        WHERE r.item_id = a.item_id AND r.annotator_id = p_annotator ORDER BY r.id DESC LIMIT 1
    ), false) THEN
        outcome := 'reviewed';
        RETURN;
    END IF;

    IF stored.id IS NOT NULL THEN
        INSERT INTO annotate_annotationchange (item_id, annotator_id, by_id, act, value, client_key, at)
        VALUES (a.item_id, p_annotator, p_annotator, 'changed', stored.value, stored.client_key, clock_timestamp());
        UPDATE annotate_annotation SET value = p_value, client_key = p_key, updated_at = clock_timestamp(),
            seconds = coalesce(p_seconds, seconds), part_origins = p_origins
        WHERE id = stored.id RETURNING * INTO stored;
        outcome := 'changed';
    ELSE
        IF a.status <> 'leased' THEN
            UPDATE annotate_queueentry SET wanted = greatest(wanted, taken + 1), taken = taken + 1
            WHERE item_id = a.item_id;
        END IF;
        UPDATE annotate_assignment SET status = 'submitted' WHERE id = a.id;
        INSERT INTO annotate_annotation (project_id, item_id, annotator_id, assignment_id, value, client_key, seconds,
                                         suggestion_shown, part_origins, created_at, updated_at)
        VALUES (a.project_id, a.item_id, p_annotator, a.id, p_value, p_key, p_seconds, a.suggestion_shown,
                p_origins, clock_timestamp(), clock_timestamp())
        RETURNING * INTO stored;
        outcome := 'created';
    END IF;
    INSERT INTO annotate_consensusdue (item_id, project_id) VALUES (a.item_id, a.project_id);
END $$;
