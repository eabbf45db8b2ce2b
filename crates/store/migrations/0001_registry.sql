-- The registry. Accepted as it stands by SQLite and by PostgreSQL.
-- Instants are microseconds since 1970 UTC, days are ISO text, ids 16 bytes, hashes 32 bytes.
-- Every table carries the authority, so that it can be spread by it.

create table authority (
    authority bytea not null,
    version bigint not null,
    name text not null,
    status_slots bigint not null,
    primary key (authority)
);

create table authority_code (
    authority bytea not null,
    code text not null,
    from_day text not null,
    primary key (authority, code, from_day)
);
create unique index authority_code_start on authority_code (code, from_day);

create table person (
    authority bytea not null,
    id bytea not null,
    version bigint not null,
    key bytea,
    personal_id bytea not null,
    sealed bytea not null,
    photo bytea,
    primary key (authority, id)
);
create unique index person_personal_id on person (authority, personal_id);

create table request (
    authority bytea not null,
    id bytea not null,
    version bigint not null,
    batch bytea not null,
    person bytea not null,
    kind text not null,
    requester text not null,
    content bytea not null,
    state text not null check (state in ('draft', 'submitted', 'checked', 'approved', 'queued',
        'in_production', 'fulfilled', 'returned', 'rejected', 'cancelled')),
    life text not null,
    primary key (authority, id)
);
create unique index request_open on request (authority, person)
    where state in ('draft', 'submitted', 'checked', 'approved', 'queued', 'in_production');
create index request_batch on request (authority, batch, id);
create index request_state on request (authority, state, id);
create index request_waiting on request (authority, id) where state in ('approved', 'queued');

create table card (
    authority bytea not null,
    id bytea not null,
    version bigint not null,
    serial text not null,
    request bytea not null,
    person bytea not null,
    uid text not null,
    number bytea not null,
    status_index bigint not null,
    valid_through text not null,
    begun_at_us bigint not null,
    station text not null,
    claimed_at_us bigint not null,
    approver text not null,
    sealed bytea not null,
    photo bytea,
    digests text,
    evidence text,
    state text not null check (state in ('produced', 'ready', 'active', 'locked', 'revoked',
        'expired', 'spoiled', 'cancelled')),
    validity text not null,
    whereabouts text not null,
    chip text not null,
    primary key (authority, id)
);
create unique index card_serial on card (serial);
create unique index card_status_index on card (authority, status_index);
create unique index card_on_chip on card (uid) where state <> 'cancelled';
create unique index card_active on card (authority, person) where state = 'active';
create index card_uid on card (uid);
create index card_number on card (number);
create index card_person on card (authority, person);
create index card_state on card (authority, state, id);

create table history (
    authority bytea not null,
    seq bigint not null,
    prev bytea not null,
    hash bytea not null,
    id bytea not null,
    at_us bigint not null,
    actor text not null,
    action text not null,
    person bytea,
    request bytea,
    card bytea,
    detail text not null,
    sealed bytea,
    primary key (authority, seq)
);
create index history_person on history (authority, person, seq) where person is not null;
create index history_request on history (authority, request, seq) where request is not null;
create index history_card on history (authority, card, seq) where card is not null;

create table history_head (
    authority bytea not null,
    seq bigint not null,
    hash bytea not null,
    primary key (authority)
);

create table outbox (
    authority bytea not null,
    id bytea not null,
    topic text not null,
    key text not null,
    payload text not null,
    created_at_us bigint not null,
    sent_at_us bigint,
    primary key (authority, id)
);
create index outbox_unsent on outbox (id) where sent_at_us is null;
