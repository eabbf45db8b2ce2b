//! Sealed pictures as files, named by their content.

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use async_trait::async_trait;
use registry::ports::{BlobId, Photos, PhotosError};
use sha2::{Digest as _, Sha256};
use wire::AuthorityId;

/// A folder of sealed pictures: `<authority>/<first byte>/<SHA-256>`, all in hex.
///
/// A file appears under its name only when its bytes are on the disk. The pictures arrive sealed;
/// the folder holds no key.
#[derive(Clone, Debug)]
pub struct PhotoFolder {
    root: PathBuf,
}

impl PhotoFolder {
    /// Opens, and where needed makes, the folder.
    ///
    /// # Errors
    ///
    /// [`io::Error`] when the folder cannot be made.
    pub fn open(root: &Path) -> io::Result<Self> {
        fs::create_dir_all(root)?;
        Ok(Self { root: root.to_owned() })
    }

    fn path(&self, authority: AuthorityId, blob: BlobId) -> PathBuf {
        let name = hex(&blob.0);
        let (shelf, _) = name.split_at(2);
        self.root.join(authority.0.simple().to_string()).join(shelf).join(&name)
    }
}

#[async_trait]
impl Photos for PhotoFolder {
    async fn put(
        &self,
        authority: AuthorityId,
        blobs: Vec<Vec<u8>>,
    ) -> Result<Vec<BlobId>, PhotosError> {
        let folder = self.clone();
        blocking(move || {
            let mut names = Vec::with_capacity(blobs.len());
            let mut shelves = Vec::new();
            for blob in &blobs {
                let name = BlobId(Sha256::digest(blob).into());
                let path = folder.path(authority, name);
                names.push(name);
                if path.exists() {
                    continue;
                }
                let shelf = path.parent().unwrap_or(&folder.root).to_owned();
                if !shelf.exists() {
                    fs::create_dir_all(&shelf)?;
                    shelves.extend(shelf.parent().map(Path::to_owned));
                    shelves.push(folder.root.clone());
                }
                write_whole(&path, blob)?;
                shelves.push(shelf);
            }
            shelves.sort();
            shelves.dedup();
            shelves.iter().try_for_each(|shelf| File::open(shelf)?.sync_all())?;
            Ok(names)
        })
        .await?
        .map_err(unavailable)
    }

    async fn get(&self, authority: AuthorityId, blob: BlobId) -> Result<Vec<u8>, PhotosError> {
        let path = self.path(authority, blob);
        let bytes = blocking(move || fs::read(path)).await?.map_err(|error| {
            if error.kind() == io::ErrorKind::NotFound {
                PhotosError::Missing
            } else {
                unavailable(error)
            }
        })?;
        if <[u8; 32]>::from(Sha256::digest(&bytes)) == blob.0 {
            Ok(bytes)
        } else {
            Err(PhotosError::Changed)
        }
    }

    async fn remove(&self, authority: AuthorityId, blob: BlobId) -> Result<(), PhotosError> {
        let path = self.path(authority, blob);
        let removed = blocking(move || {
            fs::remove_file(&path)?;
            path.parent().map_or(Ok(()), |shelf| File::open(shelf)?.sync_all())
        });
        match removed.await? {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(unavailable(error)),
            Ok(()) | Err(_) => Ok(()),
        }
    }
}

/// Writes beside, forces to disk, then renames: the name never stands for part of the bytes.
fn write_whole(path: &Path, bytes: &[u8]) -> io::Result<()> {
    // The name tells writers of the same blob apart; what a killed one leaves is overwritten or
    // stays unused.
    let beside = path.with_extension(format!("{}.tmp", std::process::id()));
    let mut file = File::create(&beside)?;
    file.write_all(bytes)?;
    file.sync_data()?;
    fs::rename(&beside, path)
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, PhotosError> {
    tokio::task::spawn_blocking(work)
        .await
        .map_err(|error| PhotosError::Unavailable(Box::new(error)))
}

fn unavailable(error: io::Error) -> PhotosError {
    PhotosError::Unavailable(Box::new(error))
}

fn hex(bytes: &[u8; 32]) -> String {
    bytes.iter().fold(String::with_capacity(64), |mut out, byte| {
        for digit in [byte >> 4, byte & 15] {
            out.extend(char::from_digit(u32::from(digit), 16));
        }
        out
    })
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    const AUTHORITY: AuthorityId = AuthorityId(Uuid::from_u128(1));

    fn folder() -> (tempfile::TempDir, PhotoFolder) {
        let dir = tempfile::tempdir().unwrap();
        let folder = PhotoFolder::open(&dir.path().join("photos")).unwrap();
        (dir, folder)
    }

    #[tokio::test]
    async fn blob_comes_back_under_the_hash_of_its_bytes() {
        let (_dir, folder) = folder();
        let blobs = vec![vec![1, 2, 3], Vec::new(), vec![1, 2, 3]];
        let names = folder.put(AUTHORITY, blobs).await.unwrap();
        assert_eq!(names[0], names[2]);
        assert_eq!(names[0].0, <[u8; 32]>::from(Sha256::digest([1, 2, 3])));
        assert_eq!(folder.get(AUTHORITY, names[0]).await.unwrap(), [1, 2, 3]);
        assert!(folder.get(AUTHORITY, names[1]).await.unwrap().is_empty());
    }

    #[tokio::test]
    async fn missing_blob_is_named_as_missing() {
        let (_dir, folder) = folder();
        let names = folder.put(AUTHORITY, vec![vec![9]]).await.unwrap();
        folder.remove(AUTHORITY, names[0]).await.unwrap();
        folder.remove(AUTHORITY, names[0]).await.unwrap();
        assert!(matches!(folder.get(AUTHORITY, names[0]).await, Err(PhotosError::Missing)));
        let elsewhere = AuthorityId(Uuid::from_u128(2));
        assert!(matches!(folder.get(elsewhere, names[0]).await, Err(PhotosError::Missing)));
    }

    #[tokio::test]
    async fn changed_blob_is_noticed() {
        let (_dir, folder) = folder();
        let names = folder.put(AUTHORITY, vec![vec![9]]).await.unwrap();
        fs::write(folder.path(AUTHORITY, names[0]), [8]).unwrap();
        assert!(matches!(folder.get(AUTHORITY, names[0]).await, Err(PhotosError::Changed)));
    }

    #[tokio::test]
    async fn folder_that_cannot_be_written_is_unavailable() {
        let (dir, folder) = folder();
        fs::remove_dir_all(dir.path().join("photos")).unwrap();
        fs::write(dir.path().join("photos"), []).unwrap();
        let put = folder.put(AUTHORITY, vec![vec![9]]).await;
        assert!(matches!(put, Err(PhotosError::Unavailable(_))));
    }
}
