//! Portraits of many people as one ZIP or as a folder.

use std::fs;
use std::io::{self, Seek, Write};
use std::path::Path;

use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

use crate::{People, Person, portrait};

/// Why photos were not written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PhotosError {
    /// A file or the archive could not be written.
    #[error("the photos could not be written")]
    Io(#[from] io::Error),
    /// The archive could not be put together.
    #[error("the archive could not be written")]
    Zip(#[source] zip::result::ZipError),
}

/// A ZIP of portraits that grows one by one; nothing but its directory stays in memory.
pub struct PhotoZip<W: Write + Seek> {
    zip: ZipWriter<W>,
    seed: u64,
}

impl<W: Write + Seek> std::fmt::Debug for PhotoZip<W> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PhotoZip").field("seed", &self.seed).finish_non_exhaustive()
    }
}

impl<W: Write + Seek> PhotoZip<W> {
    /// An empty archive for the people of `seed`.
    pub fn new(seed: u64, writer: W) -> Self {
        Self { zip: ZipWriter::new(writer), seed }
    }

    /// Draws a person's portrait and adds it under the file name that the list gives.
    ///
    /// # Errors
    ///
    /// [`PhotosError`] when the writer fails.
    pub fn add(&mut self, person: &Person) -> Result<(), PhotosError> {
        self.add_drawn(&person.photo, &portrait(self.seed, person))
    }

    /// Adds a portrait drawn elsewhere, for callers that draw on several threads.
    ///
    /// # Errors
    ///
    /// [`PhotosError`] when the writer fails or the name stands in the archive already.
    pub fn add_drawn(&mut self, file_name: &str, jpeg: &[u8]) -> Result<(), PhotosError> {
        // JPEG does not deflate, and a fixed time keeps the bytes the same.
        let options = SimpleFileOptions::default()
            .compression_method(CompressionMethod::Stored)
            .last_modified_time(zip::DateTime::default());
        self.zip.start_file(file_name, options).map_err(PhotosError::Zip)?;
        self.zip.write_all(jpeg)?;
        Ok(())
    }

    /// Writes the directory and gives the writer back.
    ///
    /// # Errors
    ///
    /// [`PhotosError`] when the writer fails.
    pub fn finish(self) -> Result<W, PhotosError> {
        self.zip.finish().map_err(PhotosError::Zip)
    }
}

/// Writes the portraits of all people as one ZIP.
///
/// # Errors
///
/// [`PhotosError`] when the writer fails.
pub fn write_zip<W: Write + Seek>(people: &People, writer: W) -> Result<W, PhotosError> {
    let mut zip = PhotoZip::new(people.seed(), writer);
    for number in 0..people.count_in_all() {
        zip.add(&people.person(number))?;
    }
    zip.finish()
}

/// Writes the portraits of all people as files of a folder, which is made when it is not there.
///
/// # Errors
///
/// [`PhotosError::Io`] when a file cannot be written.
pub fn write_folder(people: &People, folder: &Path) -> Result<(), PhotosError> {
    fs::create_dir_all(folder)?;
    for number in 0..people.count_in_all() {
        let person = people.person(number);
        fs::write(folder.join(&person.photo), portrait(people.seed(), &person))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::io::{Cursor, Read};

    use super::*;
    use crate::Options;

    fn people() -> People {
        People::new(5, &Options::new(4)).unwrap()
    }

    #[test]
    fn zip_holds_each_portrait_under_the_name_in_the_list() {
        let file = write_zip(&people(), Cursor::new(Vec::new())).unwrap();
        let mut zip = zip::ZipArchive::new(file).unwrap();
        assert_eq!(zip.len(), 4);
        for person in people() {
            let mut jpeg = Vec::new();
            zip.by_name(&person.photo).unwrap().read_to_end(&mut jpeg).unwrap();
            assert_eq!(jpeg, portrait(5, &person));
        }
    }

    #[test]
    fn same_seed_gives_the_same_zip() {
        let write = || write_zip(&people(), Cursor::new(Vec::new())).unwrap().into_inner();
        assert_eq!(write(), write());
    }

    #[test]
    fn folder_holds_the_same_files() {
        let folder = tempfile::tempdir().unwrap();
        write_folder(&people(), &folder.path().join("anh")).unwrap();
        let person = people().person(2);
        let jpeg = fs::read(folder.path().join("anh").join(&person.photo)).unwrap();
        assert_eq!(jpeg, portrait(5, &person));
    }

    #[test]
    fn folder_that_cannot_be_made_is_an_error() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let result = write_folder(&people(), &file.path().join("anh"));
        assert!(matches!(result, Err(PhotosError::Io(_))));
    }

    #[test]
    fn name_twice_is_an_error() {
        let mut zip = PhotoZip::new(5, Cursor::new(Vec::new()));
        zip.add(&people().person(0)).unwrap();
        assert!(matches!(zip.add(&people().person(0)), Err(PhotosError::Zip(_))));
    }
}
