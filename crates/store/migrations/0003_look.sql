-- Indexes for what pages list. Accepted as it stands by SQLite and by PostgreSQL.

-- All requests of a person, and all cards: with the id, so that their order needs no other index.
create index request_person on request (authority, person, id);
create index card_of_person on card (authority, person, id);

-- Batches with their counts, without reading requests.
create index request_batch_state on request (authority, batch, state);

-- Batches that wait for a decision.
create index request_undecided on request (authority, batch, state)
    where state in ('submitted', 'checked');

-- Counting people without a photo, and messages that wait.
create index person_without_photo on person (authority) where photo is null;
create index outbox_unsent_of on outbox (authority) where sent_at_us is null;
