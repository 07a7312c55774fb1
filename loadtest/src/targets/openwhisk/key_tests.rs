use super::*;

#[test]
fn a_key_is_read_from_its_file_and_never_shown() {
    let directory = tempfile::tempdir().expect("a disk");
    let path = directory.path().join("host.key");
    let place = KeyPlace::File(path.clone());
    fs::write(&path, "me:secret\n").expect("a disk");
    let key = place.read().expect("it is a key");
    assert_eq!((key.user.as_str(), key.password.as_str()), ("me", "secret"));
    assert!(!format!("{key:?}").contains("secret"));

    fs::write(&path, "secret").expect("a disk");
    let error = place.read().expect_err("it is half a key").to_string();
    assert!(error.contains("host.key"), "{error}");
    assert!(!error.contains("secret"), "{error}");
}

#[test]
fn a_key_that_is_not_there_is_missed_by_its_place() {
    let place = KeyPlace::Variable("LOADTEST_NO_SUCH_KEY".to_owned());
    let error = place.read().expect_err("it is not set").to_string();
    assert!(error.contains("LOADTEST_NO_SUCH_KEY"), "{error}");
    let place = KeyPlace::File("/nonexistent/host.key".into());
    let error = place.read().expect_err("it is not there").to_string();
    assert!(error.contains("/nonexistent/host.key"), "{error}");
}
