//! `request`, `approve`, `hand-over`, `card …`.

use registry::Refused;
use registry::card::{LockReason, RevokeReason};
use registry::office::{By, For, Office, Which};
use registry::ports::Find;
use registry::request::Kind;
use serde::Serialize;
use wire::{Actor, AuthorityId, CardId, CardSerial};

use crate::cli::{Approve, Card, HandOver, Request};
use crate::home::Home;
use crate::out::Out;
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
        let batch = site.office.request(authority.id, Kind::First, &whom, &by).await?;
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
            lines.push(out.say("requested", &[("count", &count)]));
            lines.join("\n")
        },
    );
    Ok(if refused > 0 { Ended::Refused } else { Ended::Done })
}

#[derive(Serialize)]
struct BatchLine {
    batch: wire::BatchId,
    authority: String,
    requests: usize,
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
        let which = match wanted.batch {
            Some(batch) => Which::Batch(batch),
            None => Which::Requests(waiting(&site.office, authority.id).await?),
        };
        let approval = match site.office.approve(authority.id, &which, &by).await {
            // The batch belongs to another authority.
            Err(registry::office::Error::Refused(Refused::UnknownRequest)) => continue,
            other => other?,
        };
        found = true;
        approved += approval.approved.len();
        for (request, reason) in approval.refused {
            refused += 1;
            let why = out.say(&format!("refused-{}", reason.code()), &[]);
            out.note("request-refused", &[("request", &request.to_string()), ("why", &why)]);
        }
    }
    if !found {
        return Err(Refusal::of("refused-unknown-request", &[]).into());
    }
    out.data(&serde_json::json!({ "approved": approved, "refused": refused }), || {
        out.say("approved", &[("count", &approved.to_string())])
    });
    Ok(if refused > 0 { Ended::Refused } else { Ended::Done })
}

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
    let mut of: Vec<(AuthorityId, Vec<CardId>)> = Vec::new();
    if wanted.all {
        for authority in site.authorities().await? {
            of.push((authority.id, ready(&site.office, authority.id).await?));
        }
    } else {
        for serial in &wanted.serials {
            let (authority, card) = find(&site, *serial).await?;
            of.push((authority, vec![card]));
        }
    }
    for (authority, cards) in of {
        let done = site.office.hand_over(authority, &cards, &by).await?;
        active += done.active.len();
        for (card, reason) in done.refused {
            refused += 1;
            let why = out.say(&format!("refused-{}", reason.code()), &[]);
            out.note("card-refused", &[("card", &card.to_string()), ("why", &why)]);
        }
    }
    out.data(&serde_json::json!({ "active": active, "refused": refused }), || {
        out.say("handed-over", &[("count", &active.to_string())])
    });
    Ok(if refused > 0 { Ended::Refused } else { Ended::Done })
}

async fn ready(office: &Office, authority: AuthorityId) -> anyhow::Result<Vec<CardId>> {
    let mut all = Vec::new();
    loop {
        let page = office.card_ids(authority, "ready", all.last().copied(), PAGE).await?;
        if page.is_empty() {
            return Ok(all);
        }
        all.extend(page);
    }
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
            lines.push(format!("  {at}  {:<22} {}", row.action, row.actor));
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

/// A state in the user's language.
pub(crate) fn state_name(out: Out, state: &str) -> String {
    out.say(&format!("state-{state}"), &[])
}

/// A day as people in Vietnam write it.
pub(crate) fn vietnamese_date(day: jiff::civil::Date) -> String {
    day.strftime("%d/%m/%Y").to_string()
}

const PAGE: u32 = 500;
