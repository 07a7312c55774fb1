use std::fs;

use tempfile::TempDir;

use super::*;

fn named(path: &str) -> Result<ActionFile, String> {
    path.parse()
        .map_err(|error: ActionFileError| error.to_string())
}

#[test]
fn a_file_in_the_directory_or_below_it_is_read() {
    let directory = TempDir::new().unwrap();
    fs::create_dir(directory.path().join("deep")).unwrap();
    for path in ["photo.jpg", "deep/photo.jpg"] {
        fs::write(directory.path().join(path), path).unwrap();
        let file = named(path).unwrap();
        let content = file.read_in(directory.path(), 100).unwrap();
        assert_eq!(content, path.as_bytes());
    }
}

#[test]
fn paths_that_leave_the_directory_are_refused() {
    for path in ["", "/etc/passwd", "../photo.jpg", "a/../../b", "."] {
        let expected = format!(
            "use the path {path:?}: it must name a file in the action's directory, without \"..\""
        );
        assert_eq!(named(path), Err(expected));
    }
    let parameter: Result<ActionFile, _> = serde_json::from_str("\"../photo.jpg\"");
    assert!(parameter.is_err());
}

#[test]
fn what_is_missing_or_too_long_is_said_by_name() {
    let directory = TempDir::new().unwrap();
    let file = named("photo.jpg").unwrap();
    let read = || {
        let read = file.read_in(directory.path(), 4);
        read.map_err(|error| error.to_string())
    };
    let missing = read().unwrap_err();
    assert!(
        missing.starts_with("read photo.jpg: No such file"),
        "{missing}"
    );
    fs::write(directory.path().join("photo.jpg"), "1234").unwrap();
    assert_eq!(read(), Ok(b"1234".to_vec()));
    fs::write(directory.path().join("photo.jpg"), "12345").unwrap();
    assert!(read().unwrap_err().contains("it is longer than 0 MiB"));
}
