use super::*;

#[test]
fn files_of_the_action_are_accepted() {
    for path in ["wc.py", "./wc.py", "lib/wc.py", "a//b", "..py", "a..b/c"] {
        assert_eq!(check(path), Ok(()), "{path}");
    }
}

#[test]
fn what_leaves_the_directory_or_names_no_file_is_refused() {
    let refused = [
        ("", PathProblem::NoFile),
        (".", PathProblem::NoFile),
        ("lib/", PathProblem::NoFile),
        ("lib/.", PathProblem::NoFile),
        ("/", PathProblem::Absolute),
        ("/etc/passwd", PathProblem::Absolute),
        ("..", PathProblem::Parent),
        ("../wc.py", PathProblem::Parent),
        ("lib/../../wc.py", PathProblem::Parent),
        ("lib/../wc.py", PathProblem::Parent),
        ("wc\0.py", PathProblem::Nul),
    ];
    for (path, problem) in refused {
        assert_eq!(check(path), Err(problem), "{path:?}");
    }
}
