-- Sign-in, drafts and runs. Accepted as it stands by SQLite and by PostgreSQL.
-- These tables belong to the installation: who may work here and what its stations were told is
-- nobody else's, so they are not spread by authority. Where a row concerns one authority, it names
-- it; null means every authority of the installation, or that it is not decided yet.

create table account (
    name text not null,
    version bigint not null,
    full_name text not null,
    role text not null check (role in ('hr', 'approver', 'operator', 'activator', 'guard',
        'auditor')),
    authority bytea,
    person bytea,
    password text not null,
    totp_key bytea not null,
    totp_sealed bytea not null,
    last_step bigint,
    state text not null check (state in ('enabled', 'disabled')),
    primary key (name)
);

-- The token is the SHA-256 of what the browser holds.
create table session (
    token bytea not null,
    account text not null,
    started_at_us bigint not null,
    seen_at_us bigint not null,
    primary key (token)
);
create index session_account on session (account);
create index session_seen on session (seen_at_us);

-- The key is a keyed hash of a typed name or of a network. One row a failure, for a few minutes.
create table sign_in_failure (
    key bytea not null,
    at_us bigint not null
);
create index sign_in_failure_key on sign_in_failure (key, at_us);
create index sign_in_failure_at on sign_in_failure (at_us);

create table draft (
    id bytea not null,
    version bigint not null,
    owner text not null,
    authority bytea,
    key bytea not null,
    created_at_us bigint not null,
    changed_at_us bigint not null,
    sealed bytea not null,
    primary key (id)
);
create index draft_owner on draft (owner, changed_at_us);
create index draft_changed on draft (changed_at_us);

create table draft_part (
    draft bytea not null references draft (id) on delete cascade,
    name text not null,
    sealed bytea not null,
    primary key (draft, name)
);

create table run (
    id bytea not null,
    version bigint not null,
    station text not null,
    started_by text not null,
    started_at_us bigint not null,
    at_most bigint,
    state text not null check (state in ('wanted', 'stopped')),
    stopped_at_us bigint,
    made bigint not null,
    failed bigint not null,
    primary key (id)
);
create unique index run_open on run (station) where state = 'wanted';
create index run_station on run (station, id);
