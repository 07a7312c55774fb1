use std::fs;

use tempfile::TempDir;

use super::*;

fn parsed(text: &str) -> Distribution {
    text.parse().unwrap_or_else(|why| panic!("{why}"))
}

/// Why a text is refused, without the text.
fn refusal(text: &str) -> String {
    let told = text.parse::<Distribution>().unwrap_err().to_string();
    let begin = format!("read the distribution {text:?}: ");
    told.strip_prefix(&begin).expect(&told).to_owned()
}

/// A directory with a file of samples.
fn with_samples(name: &str, text: &str) -> (TempDir, String) {
    let directory = TempDir::new().unwrap();
    let path = directory.path().join(name);
    fs::write(&path, text).unwrap();
    (directory, path.to_str().unwrap().to_owned())
}

#[test]
fn every_form_is_read_as_what_it_says() {
    let mean = Duration::from_millis(200);
    let by_mean = [
        ("exp mean=200ms", Shape::Exp),
        (
            "shifted-exp mean=200ms constant=0.25",
            Shape::ShiftedExp { constant: 0.25 },
        ),
        ("const mean=200ms", Shape::Const),
        (
            "uniform mean=200ms spread=0.5",
            Shape::Uniform { spread: 0.5 },
        ),
        ("pareto mean=200ms shape=3", Shape::Pareto { shape: 3.0 }),
        ("lognormal mean=200ms cv=2", Shape::Lognormal { cv: 2.0 }),
        (
            "bimodal mean=200ms slow=0.01 factor=20",
            Shape::Bimodal {
                slow: 0.01,
                factor: 20.0,
            },
        ),
    ];
    for (text, shape) in by_mean {
        assert_eq!(parsed(text), Distribution::new(shape, mean), "{text}");
    }
}

#[test]
fn what_is_not_written_has_a_default() {
    let shape = |text: &str| parsed(text).shape().clone();
    assert_eq!(shape("pareto mean=1s"), Shape::PARETO);
    assert_eq!(shape("bimodal mean=1s"), Shape::BIMODAL);
    assert_eq!(shape("uniform mean=1s"), Shape::Uniform { spread: 1.0 });
    assert_eq!(shape("lognormal mean=1s"), Shape::Lognormal { cv: 1.0 });
    let constant = 0.5;
    assert_eq!(shape("shifted-exp mean=1s"), Shape::ShiftedExp { constant });
}

#[test]
fn the_order_of_terms_and_the_space_about_them_do_not_matter() {
    assert_eq!(
        parsed("  bimodal\tfactor=20   mean=1s slow=0.5 "),
        parsed("bimodal mean=1s slow=0.5 factor=20")
    );
}

#[test]
fn every_form_is_written_as_it_is_read() {
    let (_directory, path) = with_samples("two words.txt", "0.25\n");
    let empirical = format!("empirical file={path}");
    let means = ["0s", "1ns", "200ms", "1s500ms", "1m40s1ms1us1ns", "1h"];
    let rest = [
        "exp",
        "shifted-exp constant=0.1",
        "const",
        "uniform spread=0.3333333333333333",
        "pareto shape=1.0000001",
        "lognormal cv=0.1",
        "bimodal slow=0.000001 factor=1000000",
    ];
    let texts = rest
        .iter()
        .flat_map(|rest| means.map(|mean| format!("{rest} mean={mean}")));
    for text in texts.chain([empirical]) {
        let distribution = parsed(&text);
        let written = distribution.to_string();
        assert_eq!(parsed(&written), distribution, "{text} -> {written}");
        assert_eq!(parsed(&written).to_string(), written);
    }
}

#[test]
fn the_forms_that_the_errors_teach_are_read_and_written_so() {
    for (name, form) in FORMS {
        assert!(form.starts_with(name));
        if name != "empirical" {
            assert_eq!(parsed(form).to_string(), form);
        }
    }
}

#[test]
fn samples_that_came_from_no_file_are_counted() {
    let samples = [1, 2, 3].map(Duration::from_secs);
    let text = Distribution::empirical(samples).to_string();
    assert_eq!(text, "empirical of 3 samples");
}

#[test]
fn what_is_no_distribution_is_told_all_that_are() {
    let all = FORMS.map(|(_, form)| format!("\"{form}\"")).join(", ");
    for text in ["", "   "] {
        assert_eq!(refusal(text), format!("it is empty: write one of {all}"));
    }
    for name in ["normal", "Exp", "exp=200ms"] {
        let told = format!("there is no {name:?}: write one of {all}");
        assert_eq!(refusal(name), told);
    }
}

#[test]
fn every_mistake_is_named_and_the_right_form_is_shown() {
    for (text, mistake) in [
        ("exp", "it needs its mean"),
        ("exp 200ms", "\"200ms\" is no term such as mean=200ms"),
        ("exp mean=1s mean=2s", "mean stands there twice"),
        (
            "exp mean=1s 500ms",
            "\"500ms\" is no term such as mean=200ms",
        ),
        ("exp mean=2h", "2h is more than 1h"),
        ("exp mean=1s shape=2", "exp has no shape"),
        ("const mean=1s cv=0", "const has no cv"),
        (
            "shifted-exp mean=1s constant=1.5",
            "constant=1.5 must be a number from 0 to 1",
        ),
        (
            "uniform mean=1s spread=-0.1",
            "spread=-0.1 must be a number from 0 to 1",
        ),
        ("pareto mean=1s shape=1", "shape=1 must be a number above 1"),
        (
            "pareto mean=1s shape=inf",
            "shape=inf must be a number above 1",
        ),
        (
            "pareto mean=1s shape=NaN",
            "shape=NaN must be a number above 1",
        ),
        (
            "lognormal mean=1s cv=0",
            "cv=0 must be a number above 0, up to 100",
        ),
        (
            "lognormal mean=1s cv=101",
            "cv=101 must be a number above 0, up to 100",
        ),
        (
            "bimodal mean=1s slow=0",
            "slow=0 must be a number between 0 and 1",
        ),
        (
            "bimodal mean=1s slow=1",
            "slow=1 must be a number between 0 and 1",
        ),
        (
            "bimodal mean=1s slow=",
            "slow= must be a number between 0 and 1",
        ),
        (
            "bimodal mean=1s factor=0.5",
            "factor=0.5 must be a number from 1 to 1000000",
        ),
        (
            "bimodal mean=1s factor=1e7",
            "factor=1e7 must be a number from 1 to 1000000",
        ),
        (
            "empirical",
            "it needs its file of samples, and nothing else",
        ),
        (
            "empirical file=",
            "it needs its file of samples, and nothing else",
        ),
        (
            "empirical mean=1s file=x",
            "it needs its file of samples, and nothing else",
        ),
    ] {
        let name = text.split(' ').next().unwrap();
        let form = FORMS.iter().find(|(known, _)| *known == name).unwrap().1;
        assert_eq!(refusal(text), format!("{mistake}: write it as \"{form}\""));
    }
}

#[test]
fn a_mean_that_is_no_duration_is_told_why() {
    for mean in ["", "soon", "200", "-1s", "1e3s"] {
        let told = refusal(&format!("exp mean={mean}"));
        let begin = format!("{mean:?} is no duration such as \"200ms\": ");
        assert!(told.starts_with(&begin), "{told}");
        assert!(told.ends_with(": write it as \"exp mean=200ms\""), "{told}");
    }
}

#[test]
fn samples_are_read_line_by_line() {
    let (_directory, path) = with_samples("samples.txt", "0.25\n\n 1 \n2e-3\r\n0\n");
    let distribution = parsed(&format!("empirical file={path}"));
    let samples = [250, 1000, 2, 0].map(Duration::from_millis);
    assert_eq!(*distribution.shape(), Shape::Empirical(Arc::from(samples)));
    assert_eq!(distribution.mean(), Duration::from_millis(313));
}

#[test]
fn a_relative_file_begins_at_the_directory_that_is_given() {
    let (directory, path) = with_samples("samples.txt", "0.25\n");
    let read = |text: &str| Distribution::read(text, directory.path());
    let relative = read("empirical file=samples.txt").unwrap();
    assert_eq!(relative.to_string(), "empirical file=samples.txt");
    let absolute = read(&format!("empirical file={path}")).unwrap();
    assert_eq!(relative.shape(), absolute.shape());
}

#[test]
fn mistakes_in_a_file_are_told_with_file_and_line() {
    let missing = refusal("empirical file=/no/such/file");
    assert_eq!(
        missing,
        "/no/such/file cannot be read: No such file or directory (os error 2): \
         put it there, or name another file"
    );
    for bad in ["soon", "200ms", "-1", "inf", "NaN", "86401", "1,5", "1 2"] {
        let (_directory, path) = with_samples("samples.txt", &format!("0.25\n\n{bad}\n"));
        let told = refusal(&format!("empirical file={path}"));
        let expected =
            format!("{path}:3: {bad:?} is no duration of up to 24 h in seconds: write it as 0.25");
        assert_eq!(told, expected);
    }
    let (_directory, path) = with_samples("samples.txt", " \n\n");
    let told = refusal(&format!("empirical file={path}"));
    let expected = format!("{path} holds no samples: write one in seconds on every line, as 0.25");
    assert_eq!(told, expected);
}

#[test]
fn a_file_that_is_too_long_or_no_text_is_refused() {
    let (directory, path) = with_samples("samples.txt", "0.25\n");
    let file = fs::File::create(&path).unwrap();
    // It takes no room.
    file.set_len(1 << 40).unwrap();
    let told = refusal(&format!("empirical file={path}"));
    assert!(told.contains("it is longer than 16 MiB"), "{told}");
    fs::write(&path, b"\xff\n").unwrap();
    let told = refusal(&format!("empirical file={path}"));
    assert!(told.contains("samples.txt cannot be read: "), "{told}");
    let told = refusal(&format!("empirical file={}", directory.path().display()));
    assert!(told.contains("cannot be read: Is a directory"), "{told}");
}
