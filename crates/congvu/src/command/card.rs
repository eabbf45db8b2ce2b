//! `request`, `approve`, `hand-over`, `card …`.

use std::time::Duration;

use registry::card::{LockReason, RevokeReason};
use registry::office::{By, For, Office, Which};
use registry::ports::{Find, Requests};
use registry::request::{Kind, Life};
use registry::view;
use serde::Serialize;
use wire::{Actor, AuthorityId, BatchId, CardId, CardSerial};

use crate::cli::{Approve, Card, HandOver, Request};
use crate::home::Home;
use crate::out::{Out, Progress};
use crate::site::{Site, by};
use crate::{Ended, Refusal};

/// Asks for cards for everybody who has none.
pub(crate) async fn request(
    out: Out,
    home: &Home,
    wanted: &Request,
    actor: Option<&Actor>,
) -> anyhow::Result<Ended> {
    let by = by(actor)?;
    let site = Site::open(home).await?;
    let mut batches = Vec::new();
    let mut refused = 0;
    let mut left = wanted.limit.map(|limit| limit as usize);
    for authority in site.authorities().await? {
        let whom = match left {
            None => For::EverybodyWithout,
            Some(0) => break,
            Some(left) => For::People(without_card(&site, authority.id, left).await?),
        };
        let wanted = left.map(|left| u64::try_from(left).unwrap_or(u64::MAX));
        let request = site.office.request(authority.id, Kind::First, &whom, &by);
        let batch = watched(out, &site, authority.id, wanted, request).await?;
        if let Some(left) = &mut left {
            *left = left.saturating_sub(batch.requests.len());
        }
        for (person, reason) in &batch.refused {
            refused += 1;
            let why = out.say(&format!("refused-{}", reason.code()), &[]);
            out.note("person-refused", &[("person", &person.to_string()), ("why", &why)]);
        }
        if !batch.requests.is_empty() {
            batches.push(BatchLine {
                batch: batch.id,
                authority: authority.name,
                requests: batch.requests.len(),
            });
        }
    }
    let requests: usize = batches.iter().map(|batch| batch.requests).sum();
    out.data(
        &serde_json::json!({ "requests": requests, "refused": refused, "batches": batches }),
        || {
            let mut lines: Vec<String> = batches
                .iter()
                .map(|line| format!("{}  {:>5}  {}", line.batch, line.requests, line.authority))
                .collect();
            let count = requests.to_string();
            let key = if requests == 0 { "requested-none" } else { "requested" };
            lines.push(out.say(key, &[("count", &count)]));
            lines.join("\n")
        },
    );
    Ok(if refused > 0 { Ended::Refused } else { Ended::Done })
}

#[derive(Serialize)]
struct BatchLine {
    batch: BatchId,
    authority: String,
    requests: usize,
}

/// Shows how far a batch of requests is while it is made: by the count of those that wait.
async fn watched<T>(
    out: Out,
    site: &Site,
    authority: AuthorityId,
    limit: Option<u64>,
    work: impl Future<Output = Result<T, registry::office::Error>>,
) -> anyhow::Result<T> {
    let before = site.office.counts(authority).await?;
    let busy: u64 = ["submitted", "checked", "approved", "queued", "in_production"]
        .iter()
        .map(|state| before.requests_in(state))
        .chain(["ready", "active", "locked"].iter().map(|state| before.cards_in(state)))
        .sum();
    let free = before.people.saturating_sub(before.without_photo + busy);
    let total = limit.map_or(free, |limit| limit.min(free));
    let mut progress = out.progress("progress-requests", total);
    let mut tick = tokio::time::interval(TICK);
    let mut work = std::pin::pin!(work);
    loop {
        tokio::select! {
            done = &mut work => {
                progress.done();
                return Ok(done?);
            }
            _ = tick.tick() => {
                let now = site.office.counts(authority).await?.requests_in("submitted");
                progress.at(now.saturating_sub(before.requests_in("submitted")));
            }
        }
    }
}

async fn without_card(
    site: &Site,
    authority: AuthorityId,
    limit: usize,
) -> anyhow::Result<Vec<wire::PersonId>> {
    let limit = u32::try_from(limit)?;
    let page = registry::ports::People::WithoutCard { after: None, limit };
    let people = site.store.people(authority, page).await?;
    Ok(people.into_iter().map(|person| person.id).collect())
}

/// Approves a batch, or all that wait.
pub(crate) async fn approve(
    out: Out,
    home: &Home,
    wanted: &Approve,
    actor: Option<&Actor>,
) -> anyhow::Result<Ended> {
    let by = by(actor)?;
    let site = Site::open(home).await?;
    let mut approved = 0;
    let mut refused = 0;
    let mut found = wanted.all;
    for authority in site.authorities().await? {
        let total = match wanted.batch {
            Some(batch) => match batch_size(&site, authority.id, batch).await? {
                // The batch belongs to another authority.
                0 => continue,
                size => size,
            },
            None => site.office.counts(authority.id).await?.requests_in("submitted"),
        };
        found = true;
        let mut progress = out.progress("progress-approvals", total);
        let mut after = None;
        loop {
            let page = match wanted.batch {
                Some(batch) => Requests::Batch { batch, after, limit: PAGE },
                None => Requests::InState { state: "submitted", after, limit: PAGE },
            };
            let page = site.store.requests(authority.id, page).await?;
            let Some(last) = page.last() else { break };
            after = Some(last.id);
            let waiting = |request: &registry::request::Request| {
                matches!(request.life, Life::Submitted | Life::Checked)
            };
            let size = u64::try_from(page.len())?;
            let which = page.iter().filter(|request| waiting(request)).map(|request| request.id);
            let which = Which::Requests(which.collect());
            let approval = site.office.approve(authority.id, &which, &by).await?;
            approved += approval.approved.len();
            for (request, reason) in approval.refused {
                refused += 1;
                let why = out.say(&format!("refused-{}", reason.code()), &[]);
                let args = [("request", &*request.to_string()), ("why", &*why)];
                progress.note(&out.say("request-refused", &args));
            }
            progress.add(size);
        }
        progress.done();
    }
    if !found {
        return Err(Refusal::of("refused-unknown-request", &[]).into());
    }
    out.data(&serde_json::json!({ "approved": approved, "refused": refused }), || {
        let key = if approved == 0 { "approved-none" } else { "approved" };
        out.say(key, &[("count", &approved.to_string())])
    });
    Ok(if refused > 0 { Ended::Refused } else { Ended::Done })
}

/// How many requests a batch has with this authority.
async fn batch_size(site: &Site, authority: AuthorityId, batch: BatchId) -> anyhow::Result<u64> {
    let (mut size, mut after) = (0, None);
    loop {
        let page = Requests::Batch { batch, after, limit: PAGE };
        let page = site.store.requests(authority, page).await?;
        let Some(last) = page.last() else { return Ok(size) };
        after = Some(last.id);
        size += u64::try_from(page.len())?;
    }
}

/// The requests that wait for a decision.
pub(crate) async fn waiting(
    office: &Office,
    authority: AuthorityId,
) -> anyhow::Result<Vec<wire::RequestId>> {
    let mut all = Vec::new();
    loop {
        let page = office.requests(authority, "submitted", all.last().copied(), PAGE).await?;
        if page.is_empty() {
            return Ok(all);
        }
        all.extend(page.into_iter().map(|request| request.id));
    }
}

/// Hands cards over: they become active.
pub(crate) async fn hand_over(
    out: Out,
    home: &Home,
    wanted: &HandOver,
    actor: Option<&Actor>,
) -> anyhow::Result<Ended> {
    let by = by(actor)?;
    let site = Site::open(home).await?;
    let mut active = 0;
    let mut refused = 0;
    let mut told = |progress: &Progress, done: view::HandOver| {
        active += done.active.len();
        for (card, reason) in done.refused {
            refused += 1;
            let why = out.say(&format!("refused-{}", reason.code()), &[]);
            let args = [("card", &*card.to_string()), ("why", &*why)];
            progress.note(&out.say("card-refused", &args));
        }
    };
    if wanted.all {
        for authority in site.authorities().await? {
            let total = site.office.counts(authority.id).await?.cards_in("ready");
            let mut progress = out.progress("progress-hand-over", total);
            let mut after = None;
            loop {
                let ready = site.office.card_ids(authority.id, "ready", after, PAGE).await?;
                let Some(last) = ready.last() else { break };
                after = Some(*last);
                told(&progress, site.office.hand_over(authority.id, &ready, &by).await?);
                progress.add(u64::try_from(ready.len())?);
            }
            progress.done();
        }
    } else {
        let mut progress = out.progress("progress-hand-over", u64::try_from(wanted.serials.len())?);
        // One that is mistyped is named before any is handed over.
        let mut cards = Vec::with_capacity(wanted.serials.len());
        for serial in &wanted.serials {
            cards.push(find(&site, *serial).await?);
        }
        for (authority, card) in cards {
            told(&progress, site.office.hand_over(authority, &[card], &by).await?);
            progress.add(1);
        }
        progress.done();
    }
    out.data(&serde_json::json!({ "active": active, "refused": refused }), || {
        let key = if active == 0 { "handed-over-none" } else { "handed-over" };
        out.say(key, &[("count", &active.to_string())])
    });
    Ok(if refused > 0 { Ended::Refused } else { Ended::Done })
}

/// `card list|show|lock|unlock|revoke`.
pub(crate) async fn run(
    out: Out,
    home: &Home,
    wanted: &Card,
    actor: Option<&Actor>,
) -> anyhow::Result<Ended> {
    let site = Site::open(home).await?;
    match wanted {
        Card::List(list) => return self::list(out, &site, list.state.as_deref()).await,
        Card::Show(one) => return show(out, &site, one.serial).await,
        Card::Lock(lock) => {
            let reason = reason::<LockReason>(&lock.reason, "--reason")?;
            let by = by(actor)?;
            let (authority, _) = find(&site, lock.serial).await?;
            site.office.lock(authority, lock.serial, reason, &by).await?;
            say_state(out, &site, authority, lock.serial).await
        }
        Card::Unlock(one) => {
            let by = by(actor)?;
            let (authority, _) = find(&site, one.serial).await?;
            site.office.unlock(authority, one.serial, &by).await?;
            say_state(out, &site, authority, one.serial).await
        }
        Card::Revoke(revoke) => {
            let reason = reason::<RevokeReason>(&revoke.reason, "--reason")?;
            let by = by(actor)?;
            let (authority, _) = find(&site, revoke.serial).await?;
            if revoke.dry_run {
                let state = site.office.card(authority, revoke.serial).await?.state;
                let serial = revoke.serial.to_string();
                out.data(
                    &serde_json::json!({ "serial": serial, "state": state, "would_be": "revoked" }),
                    || {
                        out.say(
                            "revoke-dry-run",
                            &[("serial", &serial), ("state", &state_name(out, state))],
                        )
                    },
                );
                return Ok(Ended::Done);
            }
            revoke_card(&site.office, authority, revoke.serial, reason, &by).await?;
            say_state(out, &site, authority, revoke.serial).await
        }
    }
}

async fn revoke_card(
    office: &Office,
    authority: AuthorityId,
    serial: CardSerial,
    reason: RevokeReason,
    by: &By,
) -> anyhow::Result<()> {
    Ok(office.revoke(authority, serial, reason, by).await?)
}

/// A reason by its name; the refusal lists them all.
fn reason<R: std::str::FromStr + Reasons>(name: &str, option: &str) -> anyhow::Result<R> {
    name.parse().map_err(|_| {
        Refusal::of("refused-value", &[("option", option), ("values", &R::names().join(", "))])
            .into()
    })
}

trait Reasons {
    fn names() -> Vec<&'static str>;
}

impl Reasons for LockReason {
    fn names() -> Vec<&'static str> {
        Self::ALL.iter().map(|reason| reason.as_str()).collect()
    }
}

impl Reasons for RevokeReason {
    fn names() -> Vec<&'static str> {
        Self::ALL.iter().map(|reason| reason.as_str()).collect()
    }
}

async fn find(site: &Site, serial: CardSerial) -> anyhow::Result<(AuthorityId, CardId)> {
    let cards = site.store.find(Find::Serial(serial)).await?;
    let card = cards
        .first()
        .ok_or_else(|| Refusal::of("no-such-card", &[("serial", &serial.to_string())]))?;
    Ok((card.authority, card.id))
}

async fn list(out: Out, site: &Site, state: Option<&str>) -> anyhow::Result<Ended> {
    if let Some(state) = state
        && !registry::card::Validity::NAMES.contains(&state)
    {
        let names = registry::card::Validity::NAMES.join(", ");
        return Err(
            Refusal::of("refused-value", &[("option", "--state"), ("values", &names)]).into()
        );
    }
    for authority in site.authorities().await? {
        let mut after = None;
        loop {
            let page = site.office.cards(authority.id, state, after, PAGE).await?;
            let Some(last) = page.last() else { break };
            after = Some(last.id);
            for card in &page {
                out.data(card, || {
                    let printed = card.printed.as_ref();
                    let name = printed.map_or("", |printed| printed.full_name.as_str());
                    let unit = printed.map_or("", |printed| printed.employing_unit.as_str());
                    let state = state_name(out, card.state);
                    format!("{}  {state:<14}  {name} · {unit}", card.serial)
                });
            }
        }
    }
    Ok(Ended::Done)
}

async fn show(out: Out, site: &Site, serial: CardSerial) -> anyhow::Result<Ended> {
    let (authority, _) = find(site, serial).await?;
    let card = site.office.card(authority, serial).await?;
    let history = site.office.history(authority, serial).await?;
    out.data(&serde_json::json!({ "card": card, "history": history }), || {
        let mut lines = vec![format!("{}  {}", card.serial, state_name(out, card.state))];
        if let Some(printed) = &card.printed {
            for text in [
                &printed.full_name,
                &printed.title,
                &printed.employing_unit,
                &printed.managing_agency,
                &printed.card_number,
            ] {
                lines.push(format!("  {text}"));
            }
        }
        let through = vietnamese_date(card.valid_through);
        lines.push(format!("  {}", out.say("valid-through", &[("date", &through)])));
        for row in &history {
            let at = jiff::tz::Offset::constant(7).to_datetime(row.at);
            let at = at.strftime("%d/%m/%Y %H:%M:%S");
            lines.push(format!("  {at}  {}  ({})", happened(out, &row.action), row.actor));
        }
        lines.join("\n")
    });
    Ok(Ended::Done)
}

async fn say_state(
    out: Out,
    site: &Site,
    authority: AuthorityId,
    serial: CardSerial,
) -> anyhow::Result<Ended> {
    let card = site.office.card(authority, serial).await?;
    out.data(&serde_json::json!({ "serial": serial, "state": card.state }), || {
        format!("{serial}  {}", state_name(out, card.state))
    });
    Ok(Ended::Done)
}

/// What happened, in the user's language.
fn happened(out: Out, action: &str) -> String {
    out.say(&action_key(action), &[])
}

fn action_key(action: &str) -> String {
    format!("action-{}", action.replace(['.', '_'], "-"))
}

/// A state in the user's language.
pub(crate) fn state_name(out: Out, state: &str) -> String {
    out.say(&format!("state-{state}"), &[])
}

/// A day as people in Vietnam write it.
pub(crate) fn vietnamese_date(day: jiff::civil::Date) -> String {
    day.strftime("%d/%m/%Y").to_string()
}

const PAGE: u32 = 500;

/// How often the registry is asked how far it is.
const TICK: Duration = Duration::from_millis(500);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text;

    /// The names of what happens stand in the registry's sources.
    #[test]
    fn whatever_happens_to_a_card_has_words() {
        let sources = [
            include_str!("../../../registry/src/card.rs"),
            include_str!("../../../registry/src/request.rs"),
            include_str!("../../../registry/src/office/ask.rs"),
            include_str!("../../../registry/src/office/keep.rs"),
            include_str!("../../../registry/src/office/load.rs"),
            include_str!("../../../registry/src/office/make.rs"),
        ];
        let mut seen = 0;
        for literal in sources.iter().flat_map(|source| source.split('"')) {
            let subject = literal.split_once('.').map(|(subject, _)| subject);
            let action = matches!(subject, Some("card" | "request" | "person" | "authority"))
                && literal.bytes().all(|b| b.is_ascii_lowercase() || b == b'.' || b == b'_');
            // A topic of messages to other sites, not a row of history.
            if action && literal != "card.status" {
                seen += 1;
                assert!(text::has(&action_key(literal)), "{literal}");
            }
        }
        assert!(seen >= 25, "only {seen} actions were found: the search is broken");
    }
}
