//! `account`: who may sign in to the server.

use std::io::IsTerminal as _;

use access::{Account as Entry, AccountError, Credentials, NewAccount};
use qrcodegen::{QrCode, QrCodeEcc};
use registry::authority::Authority;
use tracing::info;
use wire::Actor;

use crate::cli::{Account, AccountAdd};
use crate::home::Home;
use crate::out::Out;
use crate::site::Site;
use crate::{Ended, Refusal};

/// Makes, lists and changes accounts. Whoever may open the vault here may do so; `--as` says who it
/// was, for the log.
pub(crate) async fn run(
    out: Out,
    home: &Home,
    wanted: &Account,
    actor: Option<&Actor>,
) -> anyhow::Result<Ended> {
    let site = Site::open(home).await?;
    let gate = site.gate();
    let by = actor.map_or("?", Actor::as_str);
    match wanted {
        Account::List => list(out, &site).await?,
        Account::Add(new) => {
            let made = gate.create(named(&site, new).await?).await;
            let made = made.map_err(|error| refused(error, &new.name))?;
            info!(account = %new.name, role = %new.role, by, "account add");
            let role = out.say(&format!("role-{}", new.role), &[]);
            let args =
                [("name", new.name.as_str()), ("role", &role), ("full", new.full_name.trim())];
            show(out, &made, &out.say("account-made", &args));
        }
        Account::Reset(account) => {
            let made = gate.reset(&account.name).await;
            let made = made.map_err(|error| refused(error, &account.name))?;
            info!(account = %account.name, by, "account reset");
            show(out, &made, &out.say("account-again", &[("name", account.name.as_str())]));
        }
        Account::Disable(account) => {
            let done = gate.disable(&account.name).await;
            done.map_err(|error| refused(error, &account.name))?;
            info!(account = %account.name, by, "account disable");
            out.note("account-disabled", &[("name", account.name.as_str())]);
        }
        Account::Enable(account) => {
            let done = gate.enable(&account.name).await;
            done.map_err(|error| refused(error, &account.name))?;
            info!(account = %account.name, by, "account enable");
            out.note("account-enabled", &[("name", account.name.as_str())]);
        }
    }
    Ok(Ended::Done)
}

/// The account that the command line describes, its authority found by its code.
async fn named(site: &Site, new: &AccountAdd) -> anyhow::Result<NewAccount> {
    let authority = match &new.authority {
        Some(code) => match site.store.authority_by_code(code).await? {
            Some(authority) => Some(authority.id),
            None => return Err(Refusal::of("refused-unknown-authority", &[]).into()),
        },
        None => None,
    };
    Ok(NewAccount {
        name: new.name.clone(),
        full_name: new.full_name.clone(),
        role: new.role,
        authority,
        person: None,
    })
}

/// What the user has to mend, in words that name the account; the rest as it is.
fn refused(error: AccountError, name: &Actor) -> anyhow::Error {
    let name = [("name", name.as_str())];
    match error {
        AccountError::Exists => Refusal::of("refused-account-exists", &name).into(),
        AccountError::Unknown => Refusal::of("refused-account-unknown", &name).into(),
        AccountError::FullName => Refusal::of("refused-account-full-name", &[]).into(),
        other => other.into(),
    }
}

/// The secrets of an account, this once.
fn show(out: Out, made: &Credentials, done: &str) {
    let json = serde_json::json!({
        "account": made.name,
        "password": *made.password,
        "secret": *made.secret,
        "uri": *made.uri,
    });
    out.data(&json, || {
        let secrets = [
            ("name", made.name.as_str()),
            ("password", &made.password),
            ("secret", &made.secret),
            ("uri", &made.uri),
        ];
        let mut text = format!("{done}\n\n{}", out.say("account-secrets", &secrets));
        if let Some(code) = terminal_code(&made.uri) {
            text = format!("{text}\n\n{}\n\n{code}", out.say("account-scan", &[]));
        }
        text
    });
}

/// The address as a QR code where a terminal shows it: a file needs none.
fn terminal_code(text: &str) -> Option<String> {
    let code = QrCode::encode_text(text, QrCodeEcc::Low).ok()?;
    std::io::stdout().is_terminal().then(|| half_blocks(&code))
}

/// Two rows of modules in one line of half blocks, black on white whatever the terminal's colours,
/// with the quiet zone of four modules that ISO/IEC 18004 §6.3.8 asks for.
fn half_blocks(code: &QrCode) -> String {
    let (from, to) = (-QUIET, code.size() + QUIET);
    let mut text = String::new();
    let mut row = from;
    while row < to {
        text.push_str("\u{1b}[30;107m");
        for column in from..to {
            text.push(match (code.get_module(column, row), code.get_module(column, row + 1)) {
                (false, false) => ' ',
                (true, false) => '▀',
                (false, true) => '▄',
                (true, true) => '█',
            });
        }
        text.push_str("\u{1b}[0m\n");
        row += 2;
    }
    text
}

const QUIET: i32 = 4;

async fn list(out: Out, site: &Site) -> anyhow::Result<()> {
    let accounts = site.gate().accounts().await?;
    let authorities = site.authorities().await?;
    let code = |account: &Entry| {
        let id = account.authority?;
        let authority = authorities.iter().find(|authority| authority.id == id);
        authority.and_then(newest_code).or_else(|| Some(id.to_string()))
    };
    let json: Vec<_> = accounts
        .iter()
        .map(|account| {
            serde_json::json!({
                "account": account.name,
                "full_name": account.full_name,
                "role": account.role,
                "authority": code(account),
                "disabled": account.disabled,
            })
        })
        .collect();
    out.data(&json, || {
        let rows: Vec<String> = accounts
            .iter()
            .map(|account| {
                let role = out.say(&format!("role-{}", account.role), &[]);
                let of = code(account).unwrap_or_else(|| out.say("account-everywhere", &[]));
                let key = if account.disabled { "account-off" } else { "account-on" };
                let state = out.say(key, &[]);
                format!("{}\t{}\t{role}\t{of}\t{state}", account.name, account.full_name)
            })
            .collect();
        rows.join("\n")
    });
    if accounts.is_empty() {
        out.note("account-none", &[]);
    }
    Ok(())
}

fn newest_code(authority: &Authority) -> Option<String> {
    authority.codes.iter().max_by_key(|code| code.from).map(|code| code.code.clone())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a phone sees is decoded again from the lines, so that neither an orientation nor a
    /// colour is turned round.
    #[test]
    fn a_code_in_half_blocks_holds_every_module() {
        let code = QrCode::encode_text("otpauth://totp/x", QrCodeEcc::Low).unwrap();
        let text = half_blocks(&code);
        let mut rows: Vec<Vec<bool>> = Vec::new();
        for line in text.lines() {
            let line = line.strip_prefix("\u{1b}[30;107m").unwrap();
            let line = line.strip_suffix("\u{1b}[0m").unwrap();
            rows.push(line.chars().map(|c| matches!(c, '▀' | '█')).collect());
            rows.push(line.chars().map(|c| matches!(c, '▄' | '█')).collect());
        }
        let quiet = usize::try_from(QUIET).unwrap();
        for y in 0..code.size() {
            for x in 0..code.size() {
                let (row, column) = (usize::try_from(y).unwrap(), usize::try_from(x).unwrap());
                assert_eq!(rows[row + quiet][column + quiet], code.get_module(x, y), "{x},{y}");
            }
        }
        assert!(rows[..quiet].iter().flatten().all(|dark| !dark));
    }

    #[test]
    fn every_role_has_a_name() {
        for role in access::Role::ALL {
            assert!(crate::text::has(&format!("role-{role}")), "{role}");
        }
    }

    #[test]
    fn refusals_are_the_users_to_mend_and_failures_are_not() {
        let name: Actor = "hr".parse().unwrap();
        for error in [AccountError::Exists, AccountError::Unknown, AccountError::FullName] {
            assert!(crate::explain::is_refusal(&refused(error, &name)));
        }
        for error in [AccountError::Conflict, AccountError::Hash] {
            assert!(!crate::explain::is_refusal(&refused(error, &name)));
        }
    }
}
