//! `sample`: a staff list and portraits of invented people.

use std::fs::File;
use std::io::BufWriter;
use std::path::Path;

use sample::{ListOptions, ListSummary, Options, People, PhotoZip};

use crate::Ended;
use crate::cli::Sample;
use crate::explain::Doing as _;
use crate::out::Out;

/// Writes what was asked for.
pub(crate) fn run(out: Out, wanted: &Sample) -> anyhow::Result<Ended> {
    let options = Options::new(u64::from(wanted.people));
    let people = People::new(wanted.seed, &options)?;
    let summary = write(out, &people, wanted.bad, &wanted.folder, wanted.csv, !wanted.no_photos)?;
    let folder = wanted.folder.display().to_string();
    out.data(
        &serde_json::json!({
            "folder": wanted.folder,
            "good_rows": summary.good_rows,
            "bad_rows": summary.bad_rows.iter().map(|bad| bad.row).collect::<Vec<_>>(),
        }),
        || {
            let (good, bad) = (summary.good_rows.to_string(), summary.bad_rows.len().to_string());
            out.say("sample-done", &[("folder", &folder), ("good", &good), ("bad", &bad)])
        },
    );
    Ok(Ended::Done)
}

/// Writes `staff.xlsx`, and where wanted `staff.csv` and `photos.zip`, to `folder`.
pub(crate) fn write(
    out: Out,
    people: &People,
    bad_rows: u32,
    folder: &Path,
    csv: bool,
    photos: bool,
) -> anyhow::Result<ListSummary> {
    std::fs::create_dir_all(folder).doing_at("doing-create", folder)?;
    let create = |name: &str| {
        let path = folder.join(name);
        File::create(&path).map(BufWriter::new).doing_at("doing-write", &path)
    };
    let options = ListOptions { bad_rows, ..ListOptions::default() };
    let summary = sample::write_xlsx(people, options, create(XLSX)?)?;
    if csv {
        sample::write_csv(people, options, create("staff.csv")?)?;
    }
    if photos {
        let mut progress = out.progress("progress-portraits", people.count_in_all());
        let mut zip = PhotoZip::new(people.seed(), create(PHOTOS)?);
        for number in 0..people.count_in_all() {
            zip.add(&people.person(number))?;
            progress.add(1);
        }
        let written = zip.finish()?.into_inner().map_err(std::io::IntoInnerError::into_error);
        written.and_then(|file| file.sync_all()).doing_at("doing-write", &folder.join(PHOTOS))?;
        progress.done();
    }
    Ok(summary)
}

/// The list.
pub(crate) const XLSX: &str = "staff.xlsx";
/// The portraits.
pub(crate) const PHOTOS: &str = "photos.zip";
