//! What a browser sends: fields whose names are made while the page is, and files.

use axum::extract::Multipart;
use axum::extract::multipart::{Field, MultipartError, MultipartRejection};

use crate::fault::Fault;
use crate::page::Page;
use crate::session::must_be_own;

/// The fields of a form in their order.
pub(super) struct Fields(pub(super) Vec<(String, String)>);

impl Fields {
    /// The text of a field; a field that comes twice is refused.
    pub(super) fn text(&self, name: &str) -> Result<Option<&str>, Fault> {
        let mut found = self.0.iter().filter(|(other, _)| other == name);
        match (found.next(), found.next()) {
            (Some((_, text)), None) => Ok(Some(text)),
            (None, _) => Ok(None),
            _ => Err(Fault::input("fault-form").arg("field", name)),
        }
    }

    /// A whole number that must be there.
    pub(super) fn number(&self, name: &str) -> Result<u32, Fault> {
        let wrong = || Fault::input("fault-form").arg("field", name);
        self.text(name)?.ok_or_else(wrong)?.parse().map_err(|_| wrong())
    }

    /// The fields whose names begin so, without that beginning; one that comes twice is refused.
    pub(super) fn with_prefix<'a>(
        &'a self,
        prefix: &'a str,
    ) -> Result<Vec<(&'a str, &'a str)>, Fault> {
        let mut found: Vec<(&str, &str)> = Vec::new();
        for (name, text) in &self.0 {
            let Some(rest) = name.strip_prefix(prefix) else { continue };
            if found.iter().any(|(other, _)| *other == rest) {
                return Err(Fault::input("fault-form").arg("field", prefix));
            }
            found.push((rest, text));
        }
        Ok(found)
    }
}

/// The one file of a form, with the name that it was sent under.
///
/// The form's token comes before the file. A file of more than `most` bytes is read to its end and
/// dropped, so that the browser hears why; one that never ends is cut off.
pub(super) async fn upload(
    page: &Page,
    multipart: Result<Multipart, MultipartRejection>,
    most: usize,
    limit: &str,
) -> Result<(String, Vec<u8>), Fault> {
    let mut multipart = multipart.map_err(|_| Fault::input("lists-not-an-upload"))?;
    let mut own = false;
    let mut file = None;
    let mut fields = 0;
    while let Some(mut field) = multipart.next_field().await.map_err(cut_off)? {
        fields += 1;
        if fields > 8 {
            return Err(Fault::input("lists-not-an-upload"));
        }
        let name = field.name().unwrap_or_default().to_owned();
        match name.as_str() {
            "_csrf" if !own => {
                let token = read(&mut field, 256).await?.ok_or_else(Fault::foreign)?;
                must_be_own(page, std::str::from_utf8(&token).unwrap_or_default())?;
                own = true;
            }
            "file" if own && file.is_none() => {
                let name = field.file_name().unwrap_or_default().to_owned();
                let bytes = read(&mut field, most).await?;
                file = Some((name, bytes.ok_or_else(|| Fault::too_large(limit))?));
            }
            _ if !own => return Err(Fault::foreign()),
            _ => return Err(Fault::input("fault-form").arg("field", "file")),
        }
    }
    if !own {
        return Err(Fault::foreign());
    }
    file.filter(|(_, bytes)| !bytes.is_empty()).ok_or_else(|| Fault::input("lists-no-file"))
}

/// The bytes of a field; none when they are more than `most`.
async fn read(field: &mut Field<'_>, most: usize) -> Result<Option<Vec<u8>>, Fault> {
    let mut bytes = Vec::new();
    let mut length = 0_usize;
    while let Some(chunk) = field.chunk().await.map_err(cut_off)? {
        length = length.saturating_add(chunk.len());
        if length <= most {
            bytes.extend_from_slice(&chunk);
        } else {
            bytes = Vec::new();
        }
        if length > MOST_DROPPED {
            return Ok(None);
        }
    }
    Ok((length <= most).then_some(bytes))
}

fn cut_off(_: MultipartError) -> Fault {
    Fault::input("lists-upload-cut")
}

/// So much of a file is read only to be dropped.
const MOST_DROPPED: usize = 512 << 20;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn field_that_comes_twice_or_is_no_number_is_refused() {
        let pairs = [("a", "1"), ("b", "2"), ("b", "3"), ("c-x", "4"), ("c-x", "5"), ("d", "-1")];
        let fields = Fields(pairs.map(|(k, v)| (k.to_owned(), v.to_owned())).to_vec());
        assert_eq!(fields.number("a").ok(), Some(1));
        assert!(fields.text("b").is_err());
        assert!(fields.number("d").is_err());
        assert!(fields.number("none").is_err());
        assert!(fields.with_prefix("c-").is_err());
        assert_eq!(fields.text("none").unwrap(), None);
    }
}
