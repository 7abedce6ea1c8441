//! Whether the inbox lies on something that outlives the pod or the machine's restart.

use std::{
    fmt, fs,
    path::{Path, PathBuf},
};

/// What is gone with the container or the restart.
const TEMPORARY: [&str; 6] = ["tmpfs", "ramfs", "overlay", "aufs", "squashfs", "devtmpfs"];
/// Where Kubernetes keeps the volumes that go with a pod.
const EMPTY_DIR: &str = "kubernetes.io~empty-dir";

/// What the inbox lies on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Volume {
    /// A database server, which keeps it.
    Database,
    /// A file system on a disk.
    Persistent {
        /// Its type.
        kind: String,
    },
    /// Something that goes with the pod, or with the machine's restart.
    Temporary {
        /// What it is.
        kind: String,
    },
    /// The system does not say.
    Unknown,
}

impl Volume {
    /// Of the file system that holds a file.
    pub(super) fn of(file: &Path) -> Self {
        let directory = file.parent().filter(|it| !it.as_os_str().is_empty());
        let directory = directory.unwrap_or(Path::new("."));
        let mounts = fs::read_to_string("/proc/self/mountinfo");
        match (directory.canonicalize(), mounts) {
            (Ok(directory), Ok(mounts)) => Self::among(&mounts, &directory),
            _ => Self::Unknown,
        }
    }

    /// The mount with the longest path above the directory; of several at the same
    /// place, the last hides the others.
    fn among(mounts: &str, directory: &Path) -> Self {
        let mounts = mounts.lines().filter_map(Mount::parse);
        let above = mounts.filter(|mount| directory.starts_with(&mount.point));
        let Some(mount) = above.max_by_key(|mount| mount.point.as_os_str().len()) else {
            return Self::Unknown;
        };
        if mount.root.contains(EMPTY_DIR) {
            let kind = format!("an emptyDir ({})", mount.kind);
            return Self::Temporary { kind };
        }
        let kind = mount.kind.to_owned();
        if TEMPORARY.contains(&mount.kind) {
            Self::Temporary { kind }
        } else {
            Self::Persistent { kind }
        }
    }

    /// Whether what is accepted has to be launched before the process ends.
    pub fn is_temporary(&self) -> bool {
        matches!(self, Self::Temporary { .. })
    }

    /// Says in the log what is promised.
    pub(super) fn announce(&self) {
        match self {
            Self::Database | Self::Persistent { .. } => tracing::info!(
                inbox.volume = %self,
                "Deliveries that are accepted survive a kill, a power cut and a restart: \
                 the inbox lies on {self}"
            ),
            Self::Temporary { .. } => tracing::warn!(
                inbox.volume = %self,
                "Deliveries that are accepted survive a kill of this process only: the inbox \
                 lies on {self}, which goes with the pod or the machine's restart; it is \
                 drained on SIGTERM. Put inbox.path on a volume"
            ),
            Self::Unknown => tracing::warn!(
                inbox.volume = %self,
                "Deliveries that are accepted survive a kill of this process, and more only if \
                 inbox.path is on a volume, which the system does not say"
            ),
        }
    }
}

impl fmt::Display for Volume {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Database => f.write_str("PostgreSQL"),
            Self::Persistent { kind } | Self::Temporary { kind } => f.write_str(kind),
            Self::Unknown => f.write_str("something unknown"),
        }
    }
}

/// A line of `/proc/self/mountinfo`.
struct Mount<'a> {
    /// Which directory of the file system it shows.
    root: &'a str,
    point: PathBuf,
    kind: &'a str,
}

impl<'a> Mount<'a> {
    fn parse(line: &'a str) -> Option<Self> {
        let (mount, system) = line.split_once(" - ")?;
        let mut fields = mount.split(' ').skip(3);
        Some(Self {
            root: fields.next()?,
            // Blanks are written as their octal number.
            point: fields.next()?.replace("\\040", " ").into(),
            kind: system.split(' ').next()?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MOUNTS: &str = "\
        22 1 0:20 / / rw - overlay overlay rw,lowerdir=/a\n\
        23 22 8:1 /var/lib/kubelet/pods/u/volumes/kubernetes.io~empty-dir/x /scratch rw - ext4 /dev/sda1 rw\n\
        24 22 8:2 / /data rw shared:1 - xfs /dev/sdb rw\n\
        25 24 0:21 / /data/ram rw - tmpfs tmpfs rw\n\
        26 22 8:3 / /with\\040blank rw - ext4 /dev/sdc rw\n\
        a line that is none\n";

    fn of(directory: &str) -> Volume {
        Volume::among(MOUNTS, Path::new(directory))
    }

    fn temporary(kind: &str) -> Volume {
        let kind = kind.to_owned();
        Volume::Temporary { kind }
    }

    fn persistent(kind: &str) -> Volume {
        let kind = kind.to_owned();
        Volume::Persistent { kind }
    }

    #[test]
    fn what_goes_with_the_pod_is_told_from_a_volume() {
        assert_eq!(of("/var/lib"), temporary("overlay"));
        assert_eq!(of("/scratch/inbox"), temporary("an emptyDir (ext4)"));
        assert_eq!(of("/data/inbox"), persistent("xfs"));
        assert_eq!(of("/data/ram"), temporary("tmpfs"));
        assert_eq!(of("/database"), temporary("overlay"));
        assert_eq!(of("/with blank"), persistent("ext4"));
        assert_eq!(Volume::among("", Path::new("/data")), Volume::Unknown);
    }
}
