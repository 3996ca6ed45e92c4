//! Proves what travels in a login, and what is believed.

use super::*;

fn login(secret: LoginSecret) -> Login {
    Login { user: "user".to_owned(), secret, nonce: "rOprNGfwEbeRWgbNEkqO".to_owned() }
}

fn password() -> Login {
    login(LoginSecret::Password("pencil".to_owned()))
}

fn token() -> Login {
    login(LoginSecret::Token("ya29.token".to_owned()))
}

fn decoded(text: &str) -> String {
    String::from_utf8(STANDARD.decode(text).expect("base64")).expect("UTF-8")
}

const SERVER_FIRST: &str =
    "r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096";

#[test]
fn the_example_of_rfc_7677_comes_out() {
    let mut exchange = Exchange::new(Mechanism::ScramSha256, password(), "mail.example.org", 465);
    let first = exchange.initial().expect("SCRAM begins");
    assert_eq!(decoded(&first), "n,,n=user,r=rOprNGfwEbeRWgbNEkqO");
    let proof = exchange.answer(&STANDARD.encode(SERVER_FIRST)).expect("a proof");
    assert_eq!(
        decoded(&proof),
        "c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ="
    );
    assert!(exchange.accepted().is_err(), "nothing was proven yet");
    let last = STANDARD.encode("v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=");
    assert_eq!(exchange.answer(&last), Ok(String::new()));
    assert_eq!(exchange.accepted(), Ok(()));
}

/// Shows what is said to a server whose second message is this.
fn check_scram(server_first: &str, server_last: Option<&str>, expected: &str) {
    let mut exchange = Exchange::new(Mechanism::ScramSha256, password(), "mail.example.org", 465);
    exchange.initial();
    let mut result = exchange.answer(&STANDARD.encode(server_first)).map(drop);
    if let (Ok(()), Some(last)) = (&result, server_last) {
        result = exchange.answer(&STANDARD.encode(last)).map(drop);
    }
    let fault = result.expect_err(server_first).to_string();
    assert!(fault.contains(expected), "{fault}");
    assert!(exchange.accepted().is_err());
}

#[test]
fn a_server_that_does_not_know_the_password_is_found_out() {
    let forged = "v=AAAATRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=";
    check_scram(SERVER_FIRST, Some(forged), "could not prove");
    check_scram(SERVER_FIRST, Some("e=other-error"), "refuses the login: other-error");
    check_scram(SERVER_FIRST, Some("v=!"), "makes no sense");
    check_scram("r=somebodyelse,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096", None, "not an answer to ours");
    check_scram("r=rOprNGfwEbeRWgbNEkqO,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096", None, "not an answer to ours");
    check_scram("r=rOprNGfwEbeRWgbNEkqOx,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=1", None, "1 rounds");
    check_scram("r=rOprNGfwEbeRWgbNEkqOx,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4000000000", None, "4000000000 rounds");
    check_scram("m=must,r=rOprNGfwEbeRWgbNEkqOx,s=AA==,i=4096", None, "makes no sense");
    check_scram("", None, "makes no sense");
}

#[test]
fn tokens_travel_as_google_microsoft_and_rfc_7628_want_them() {
    let mut exchange = Exchange::new(Mechanism::Xoauth2, token(), "mail.example.org", 587);
    let first = exchange.initial().expect("a first message");
    assert_eq!(decoded(&first), "user=user\u{1}auth=Bearer ya29.token\u{1}\u{1}");
    let mut exchange = Exchange::new(Mechanism::OauthBearer, token(), "mail.example.org", 587);
    let first = exchange.initial().expect("a first message");
    assert_eq!(
        decoded(&first),
        "n,a=user,\u{1}host=mail.example.org\u{1}port=587\u{1}auth=Bearer ya29.token\u{1}\u{1}"
    );
}

#[test]
fn a_token_that_is_not_taken_is_explained() {
    let challenge =
        STANDARD.encode(r#"{"status":"400","schemes":"Bearer","scope":"https://mail.google.com/"}"#);
    for (mechanism, nothing) in [(Mechanism::Xoauth2, ""), (Mechanism::OauthBearer, "AQ==")] {
        let mut exchange = Exchange::new(mechanism, token(), "mail.example.org", 587);
        exchange.initial();
        assert_eq!(exchange.answer(&challenge).as_deref(), Ok(nothing));
        assert_eq!(
            exchange.in_words("Username and Password not accepted"),
            "Username and Password not accepted (status: 400, scope: https://mail.google.com/, schemes: Bearer)"
        );
        assert!(exchange.answer(&challenge).is_err(), "one explanation is enough");
    }
}

#[test]
fn the_best_of_what_is_offered_and_fits_is_used() {
    let offered: Vec<String> =
        ["LOGIN", "PLAIN", "XOAUTH2", "OAUTHBEARER", "SCRAM-SHA-256"].map(str::to_owned).into();
    assert_eq!(
        Mechanism::usable(&offered, &password()),
        [Mechanism::ScramSha256, Mechanism::Plain, Mechanism::Login]
    );
    assert_eq!(Mechanism::usable(&offered, &token()), [Mechanism::OauthBearer, Mechanism::Xoauth2]);
    assert!(Mechanism::usable(&offered[..2], &token()).is_empty());
}

#[test]
fn a_server_that_repeats_the_secret_is_not_repeated() {
    let mut exchange = Exchange::new(Mechanism::Plain, password(), "mail.example.org", 465);
    let first = exchange.initial().expect("a first message");
    let said = exchange.in_words(&format!("bad response {first} pencil {}", STANDARD.encode("pencil")));
    assert_eq!(said, "bad response ••• ••• •••");
}
