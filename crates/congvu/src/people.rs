//! The six people of a demonstration.

use access::{AccountError, Gate, NewAccount, Role};
use sha2::{Digest as _, Sha256};
use web::DemoAccount;

/// Everybody who can sign in to a demonstration. Their passwords and secrets are public.
pub(crate) fn everybody() -> Vec<DemoAccount> {
    Role::ALL
        .into_iter()
        .map(|role| DemoAccount {
            name: role.name().to_owned(),
            role,
            password: PASSWORD.to_owned(),
            totp: secret(role.name()),
        })
        .collect()
}

/// Makes the accounts that are not there yet.
pub(crate) async fn make(gate: &Gate) -> anyhow::Result<()> {
    for account in everybody() {
        let new = NewAccount {
            name: account.name.parse()?,
            full_name: full_name(account.role).to_owned(),
            role: account.role,
            authority: None,
            person: None,
        };
        match gate.create_known(new, &account.password, &account.totp).await {
            Ok(_) | Err(AccountError::Exists) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(())
}

/// Invented, like everybody here.
const fn full_name(role: Role) -> &'static str {
    match role {
        Role::Hr => "Nguyễn Thị Mẫu",
        Role::Approver => "Trần Văn Thử",
        Role::Operator => "Lê Minh Trạm",
        Role::Activator => "Phạm Thu Giao",
        Role::Guard => "Võ Anh Gác",
        Role::Auditor => "Đặng Ngọc Soát",
    }
}

fn secret(name: &str) -> Vec<u8> {
    let hash = Sha256::digest(format!("congvu demonstration {name}"));
    hash.iter().take(SECRET_BYTES).copied().collect()
}

/// The password of everybody in a demonstration.
pub(crate) const PASSWORD: &str = "trinh-dien";

const SECRET_BYTES: usize = 20;
