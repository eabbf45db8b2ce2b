//! A form that carries one picture.

use axum::extract::multipart::{Field, Multipart, MultipartRejection};

use crate::fault::Fault;
use crate::page::Page;
use crate::session::must_be_own;

/// The longest picture, in bytes.
pub(crate) const MAX: usize = 10 << 20;

/// The field `picture` of a form that a page of this session sent; `_csrf` stands before it.
///
/// A picture that is too long is read on and dropped, so that the browser hears why; one that never
/// ends is cut off. The route takes off the limit of bodies: here is counted.
///
/// # Errors
///
/// [`Fault`]: no such form, another session's, a field too many, too large, or nothing in it.
pub(crate) async fn of_form(
    page: &Page,
    form: Result<Multipart, MultipartRejection>,
) -> Result<Vec<u8>, Fault> {
    let mut form = form.map_err(|_| Fault::input("fault-not-a-form"))?;
    let signed_in = page.officer.is_some();
    let (mut own, mut picture) = (!signed_in, None);
    let mut fields = 0;
    while let Some(mut field) = form.next_field().await.map_err(|_| broken())? {
        fields += 1;
        match field.name() {
            _ if fields > MOST_FIELDS => return Err(broken()),
            Some("_csrf") => {
                let token = read(&mut field, MOST_TOKEN).await?.ok_or_else(Fault::foreign)?;
                if signed_in {
                    must_be_own(page, std::str::from_utf8(&token).unwrap_or_default())?;
                    own = true;
                }
            }
            _ if !own => return Err(Fault::foreign()),
            Some("picture") if picture.is_none() => {
                let bytes = read(&mut field, MAX).await?;
                picture = Some(bytes.ok_or_else(|| Fault::too_large("10 MB"))?);
            }
            Some("picture") => return Err(Fault::input("fault-form").arg("field", "picture")),
            _ => return Err(Fault::input("fault-form").arg("field", "?")),
        }
    }
    if !own {
        return Err(Fault::foreign());
    }
    let none = || Fault::input("fault-form").arg("field", "picture");
    picture.filter(|picture| !picture.is_empty()).ok_or_else(none)
}

/// The bytes of a field; none when they are more than `most`.
async fn read(field: &mut Field<'_>, most: usize) -> Result<Option<Vec<u8>>, Fault> {
    let (mut bytes, mut length) = (Vec::new(), 0_usize);
    while let Some(chunk) = field.chunk().await.map_err(|_| broken())? {
        length = length.saturating_add(chunk.len());
        if length > MOST_DROPPED {
            break;
        }
        if length <= most {
            bytes.extend_from_slice(&chunk);
        } else {
            bytes = Vec::new();
        }
    }
    Ok((length <= most).then_some(bytes))
}

fn broken() -> Fault {
    Fault::input("fault-not-a-form")
}

const MOST_FIELDS: usize = 4;

const MOST_TOKEN: usize = 256;

/// So much is read only to be dropped.
const MOST_DROPPED: usize = 128 << 20;
