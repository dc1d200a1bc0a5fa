-- What becomes of a chunk that is staged, one step after another; `store.py` runs them, each block by its name.
--
-- Each of these is a walk along indexes. Statistics lag behind a big import: a planner who trusts them reads the whole
-- table for every chunk, or takes a project's many new items for one and compares each row with each. So what is staged
-- finds its rows by subqueries and notes their ids, and these ids are indexed: a join is linear from either side.
--
-- Where a project is taken for nearly empty, an index on the project alone promises as much as the unique one, and then
-- all its items are read for each row. Only the unique index gives the order that these subqueries ask for, so without
-- a sort no other can be taken: `enable_sort` is off for them.

-- name: index
CREATE INDEX IF NOT EXISTS import_rows_changed ON import_rows (changed_item) WHERE changed_item IS NOT NULL;
CREATE INDEX IF NOT EXISTS import_annotations_item ON import_annotations (item_id) WHERE item_id IS NOT NULL;
CREATE INDEX IF NOT EXISTS import_annotations_known ON import_annotations (annotation_id)
    WHERE annotation_id IS NOT NULL;

-- name: by_index
SET LOCAL enable_hashjoin = off; SET LOCAL enable_mergejoin = off; SET LOCAL enable_seqscan = off;
SET LOCAL enable_material = off;

-- name: as_it_likes
SET LOCAL enable_hashjoin = on; SET LOCAL enable_mergejoin = on; SET LOCAL enable_seqscan = on;
SET LOCAL enable_material = on;

-- name: create
-- Half of an import's time would go into asking, three times a row, whether the project and the item are there.
-- `store.py` makes sure of the project for the whole transaction, and the items are made by the same statement as their
-- queue entries: so the database skips the checks (`without_foreign_key_checks`), and what they promise still holds.
WITH put AS (
    INSERT INTO annotate_item (project_id, external_id, text, image, width, height, data, fields, meta, gold, digest,
                               created_at)
    SELECT %(project)s, external_id, text, image, width, height, data, fields, coalesce(meta, '{}'), gold, digest,
           statement_timestamp()
    FROM import_rows
    ON CONFLICT (project_id, external_id) DO NOTHING
    RETURNING id AS item_id, project_id, external_id
), queued AS (
    INSERT INTO annotate_queueentry (item_id, project_id, rank, wanted, taken)
    SELECT q.item_id, q.project_id, {natural_rank}, coalesce(r.wanted, p.votes_wanted), 0
    FROM put q JOIN import_rows r USING (external_id) JOIN projects_project p ON p.id = q.project_id
    ORDER BY q.item_id
)
SELECT count(*) FROM put

-- name: change
SET LOCAL enable_sort = off; SET LOCAL enable_incremental_sort = off;
UPDATE import_rows r SET changed_item = (
    SELECT i.id FROM (
        SELECT id, project_id, external_id, digest FROM annotate_item
        WHERE (project_id, external_id) >= (%(project)s, r.external_id) ORDER BY project_id, external_id LIMIT 1
    ) i WHERE i.project_id = %(project)s AND i.external_id = r.external_id AND i.digest <> r.digest
);
SET LOCAL enable_sort = on; SET LOCAL enable_incremental_sort = on;

UPDATE annotate_item i
SET text = r.text, image = r.image, data = r.data, fields = r.fields, meta = coalesce(r.meta, '{}'),
    gold = r.gold, digest = r.digest, width = r.width, height = r.height
FROM import_rows r WHERE i.id = r.changed_item;

UPDATE annotate_queueentry q SET wanted = greatest(r.wanted, q.taken) FROM import_rows r
WHERE q.item_id = r.changed_item AND r.wanted IS NOT NULL AND q.wanted <> greatest(r.wanted, q.taken);

SELECT count(changed_item) FROM import_rows

-- name: forget_unchanged
SET LOCAL enable_sort = off; SET LOCAL enable_incremental_sort = off;
DELETE FROM import_annotations a WHERE a.digest = (
    SELECT i.digest FROM (
        SELECT id, project_id, external_id, digest FROM annotate_item
        WHERE (project_id, external_id) >= (%(project)s, a.external_id) ORDER BY project_id, external_id LIMIT 1
    ) i WHERE i.project_id = %(project)s AND i.external_id = a.external_id
);
SET LOCAL enable_sort = on; SET LOCAL enable_incremental_sort = on;

-- name: annotate
SET LOCAL enable_sort = off; SET LOCAL enable_incremental_sort = off;
UPDATE import_annotations a SET item_id = (
    SELECT i.id FROM (
        SELECT id, project_id, external_id FROM annotate_item
        WHERE (project_id, external_id) >= (%(project)s, a.external_id) ORDER BY project_id, external_id LIMIT 1
    ) i WHERE i.project_id = %(project)s AND i.external_id = a.external_id
);
SET LOCAL enable_sort = on; SET LOCAL enable_incremental_sort = on;

SELECT FROM annotate_queueentry WHERE item_id IN (SELECT item_id FROM import_annotations)
ORDER BY item_id FOR UPDATE;

SET LOCAL enable_sort = off; SET LOCAL enable_incremental_sort = off;
UPDATE import_annotations a
SET annotation_id = (
        SELECT p.id FROM (
            SELECT * FROM annotate_annotation WHERE (item_id, annotator_id) >= (a.item_id, a.annotator_id)
            ORDER BY item_id, annotator_id LIMIT 1
        ) p WHERE p.item_id = a.item_id AND p.annotator_id = a.annotator_id
    ),
    has_place = coalesce((
        SELECT p.status = 'leased' FROM (
            SELECT * FROM annotate_assignment WHERE (item_id, annotator_id) >= (a.item_id, a.annotator_id)
            ORDER BY item_id, annotator_id LIMIT 1
        ) p WHERE p.item_id = a.item_id AND p.annotator_id = a.annotator_id
    ), false);
SET LOCAL enable_sort = on; SET LOCAL enable_incremental_sort = on;

INSERT INTO annotate_annotationchange (item_id, annotator_id, by_id, act, value, client_key, at)
SELECT n.item_id, n.annotator_id, %(by)s, 'changed', n.value, n.client_key, now()
FROM import_annotations a JOIN annotate_annotation n ON n.id = a.annotation_id WHERE n.value <> a.value;

UPDATE annotate_annotation n SET value = a.value, seconds = a.seconds, client_key = NULL, updated_at = now()
FROM import_annotations a WHERE n.id = a.annotation_id AND n.value <> a.value;

UPDATE annotate_queueentry q
SET taken = q.taken + new.places, wanted = greatest(q.wanted, q.taken + new.places)
FROM (
    SELECT e.item_id, (
        SELECT count(*) FROM import_annotations a
        WHERE a.item_id = e.item_id AND a.annotation_id IS NULL AND NOT a.has_place
    ) AS places FROM annotate_queueentry e WHERE e.item_id IN (SELECT item_id FROM import_annotations)
) new
WHERE q.item_id = new.item_id AND new.places > 0;

INSERT INTO annotate_assignment (project_id, item_id, annotator_id, status, leased_at, expires_at, reason)
SELECT %(project)s, item_id, annotator_id, 'submitted', now(), now(), ''
FROM import_annotations WHERE annotation_id IS NULL ORDER BY item_id
ON CONFLICT (item_id, annotator_id) DO UPDATE SET status = 'submitted', reason = '';

SET LOCAL enable_sort = off; SET LOCAL enable_incremental_sort = off;
INSERT INTO annotate_annotation (project_id, item_id, annotator_id, assignment_id, value, seconds,
                                 created_at, updated_at)
SELECT %(project)s, a.item_id, a.annotator_id, (
        SELECT p.id FROM (
            SELECT * FROM annotate_assignment WHERE (item_id, annotator_id) >= (a.item_id, a.annotator_id)
            ORDER BY item_id, annotator_id LIMIT 1
        ) p WHERE p.item_id = a.item_id AND p.annotator_id = a.annotator_id
    ), a.value, a.seconds, now(), now()
FROM import_annotations a WHERE a.annotation_id IS NULL;
SET LOCAL enable_sort = on; SET LOCAL enable_incremental_sort = on;

INSERT INTO annotate_consensusdue (item_id, project_id)
SELECT DISTINCT item_id, %(project)s FROM import_annotations;
