//! Texts of notifications, in every language of the interface.

use selfsame_primitives::Locale;

use super::record::Notification;

/// A text in English, Spanish, French, German and Japanese; `{name}` is replaced by the
/// notification's name.
type Texts = [&'static str; 5];

#[rustfmt::skip]
const NOT_YOU: Texts = ["If this was not you, look at your activity and choose a new password at once.", "Si no has sido tú, revisa tu actividad y elige una contraseña nueva de inmediato.", "Si ce n’était pas vous, consultez votre activité et choisissez tout de suite un nouveau mot de passe.", "Wenn du das nicht warst, sieh dir deine Aktivitäten an und wähle sofort ein neues Passwort.", "心当たりがない場合は、アクティビティを確認し、すぐに新しいパスワードを設定してください。"];

#[rustfmt::skip]
const CODES: Texts = ["Somebody tried wrong codes. Never give a code to anybody, whoever asks.", "Alguien ha probado códigos incorrectos. No des nunca un código a nadie, lo pida quien lo pida.", "Quelqu’un a essayé de mauvais codes. Ne donnez jamais un code à personne, qui que ce soit qui le demande.", "Jemand hat falsche Codes probiert. Gib nie jemandem einen Code, wer auch immer danach fragt.", "誤ったコードが試されました。誰に求められても、コードは決して教えないでください。"];

/// A type, or a type with a `/` and its variant; its title and its body.
#[rustfmt::skip]
const SAYINGS: &[(&str, Texts, Texts)] = &[
    ("security.alert", ["Something looked like an attack on your account", "Algo ha parecido un ataque a tu cuenta", "Quelque chose ressemblait à une attaque contre votre compte", "Etwas sah nach einem Angriff auf dein Konto aus", "アカウントへの攻撃と思われる動きがありました"],
     NOT_YOU),
    ("security.alert/new_device", ["A sign-in on a new device", "Inicio de sesión en un dispositivo nuevo", "Connexion sur un nouvel appareil", "Anmeldung auf einem neuen Gerät", "新しい端末でサインインがありました"],
     NOT_YOU),
    ("security.alert/new_network", ["A sign-in from a new network", "Inicio de sesión desde una red nueva", "Connexion depuis un nouveau réseau", "Anmeldung aus einem neuen Netz", "新しいネットワークからサインインがありました"],
     NOT_YOU),
    ("security.alert/failed_sign_ins", ["Several sign-ins failed", "Han fallado varios inicios de sesión", "Plusieurs connexions ont échoué", "Mehrere Anmeldungen sind gescheitert", "サインインの失敗が続きました"],
     ["Somebody tried wrong passwords. Your account is safe as long as nobody knows the right one.", "Alguien ha probado contraseñas incorrectas. Tu cuenta está a salvo mientras nadie conozca la correcta.", "Quelqu’un a essayé de mauvais mots de passe. Votre compte est en sécurité tant que personne ne connaît le bon.", "Jemand hat falsche Passwörter probiert. Dein Konto ist sicher, solange niemand das richtige kennt.", "誤ったパスワードが試されました。正しいパスワードが知られていない限り、アカウントは安全です。"]),
    ("security.alert/otp_guessing", ["Somebody guessed at your codes", "Alguien ha intentado adivinar tus códigos", "Quelqu’un a tenté de deviner vos codes", "Jemand hat deine Codes zu erraten versucht", "コードの推測が試みられました"],
     CODES),
    ("security.alert/code_guessing", ["Somebody guessed at your codes", "Alguien ha intentado adivinar tus códigos", "Quelqu’un a tenté de deviner vos codes", "Jemand hat deine Codes zu erraten versucht", "コードの推測が試みられました"],
     CODES),
    ("security.alert/two_factor_guessing", ["Somebody who knows your password guessed at codes", "Alguien que conoce tu contraseña ha intentado adivinar códigos", "Quelqu’un qui connaît votre mot de passe a tenté de deviner des codes", "Jemand, der dein Passwort kennt, hat Codes zu erraten versucht", "パスワードを知る者がコードの推測を試みました"],
     ["Your second step held. Choose a new password, since somebody knows the present one.", "Tu segundo paso ha resistido. Elige una contraseña nueva, porque alguien conoce la actual.", "Votre deuxième étape a tenu. Choisissez un nouveau mot de passe, car quelqu’un connaît l’actuel.", "Dein zweiter Schritt hat gehalten. Wähle ein neues Passwort, denn jemand kennt das jetzige.", "2 段階目で防ぎました。現在のパスワードが知られているため、新しいパスワードを設定してください。"]),
    ("security.alert/token_reuse", ["One of your sessions was copied and has ended", "Se ha copiado una de tus sesiones y se ha cerrado", "Une de vos sessions a été copiée et fermée", "Eine deiner Sitzungen wurde kopiert und beendet", "セッションが複製されたため終了しました"],
     ["Sign in again on that device, and look at your activity for what you did not do.", "Vuelve a iniciar sesión en ese dispositivo y busca en tu actividad lo que no has hecho tú.", "Reconnectez-vous sur cet appareil et cherchez dans votre activité ce que vous n’avez pas fait.", "Melde dich auf diesem Gerät neu an und sieh in deinen Aktivitäten nach, was du nicht getan hast.", "その端末で再度サインインし、心当たりのない操作がないかアクティビティを確認してください。"]),
    ("security.alert/passkey_copied", ["One of your passkeys may have been copied", "Es posible que se haya copiado una de tus llaves de acceso", "L’une de vos clés d’accès a peut-être été copiée", "Einer deiner Passkeys wurde vielleicht kopiert", "パスキーが複製された可能性があります"],
     ["It signed nobody in. Remove it and add a new one.", "No ha dejado entrar a nadie. Quítala y añade una nueva.", "Elle n’a connecté personne. Retirez-la et ajoutez-en une nouvelle.", "Er hat niemanden angemeldet. Entferne ihn und füge einen neuen hinzu.", "サインインには使われていません。削除して新しいパスキーを追加してください。"]),
    ("security.alert/change_after_new_device", ["A security setting changed soon after a sign-in on a new device", "Un ajuste de seguridad ha cambiado poco después de un inicio de sesión en un dispositivo nuevo", "Un réglage de sécurité a changé peu après une connexion sur un nouvel appareil", "Eine Sicherheitseinstellung wurde kurz nach einer Anmeldung auf einem neuen Gerät geändert", "新しい端末でのサインイン直後にセキュリティ設定が変更されました"],
     NOT_YOU),
    ("security.alert/mass_profile_reads", ["Very many profiles were read with your account", "Se han leído muchísimos perfiles con tu cuenta", "Un très grand nombre de profils ont été lus avec votre compte", "Mit deinem Konto wurden sehr viele Profile gelesen", "あなたのアカウントで非常に多くのプロフィールが閲覧されました"],
     NOT_YOU),
    ("user.password_changed", ["Your password was changed", "Se ha cambiado tu contraseña", "Votre mot de passe a été modifié", "Dein Passwort wurde geändert", "パスワードが変更されました"],
     NOT_YOU),
    ("user.email_updated", ["Your email address was changed", "Se ha cambiado tu dirección de correo", "Votre adresse e-mail a été modifiée", "Deine E-Mail-Adresse wurde geändert", "メールアドレスが変更されました"],
     ["If this was not you, follow the link in the mail to your former address, which takes it back.", "Si no has sido tú, sigue el enlace del correo enviado a tu dirección anterior, que lo deshace.", "Si ce n’était pas vous, suivez le lien de l’e-mail envoyé à votre ancienne adresse, qui annule ce changement.", "Wenn du das nicht warst, folge dem Link in der Mail an deine frühere Adresse, der es zurücknimmt.", "心当たりがない場合は、以前のアドレスに届いたメールのリンクから取り消してください。"]),
    ("user.2fa_enabled", ["Two-step sign-in is on", "La verificación en dos pasos está activada", "La double authentification est activée", "Die Zwei-Faktor-Anmeldung ist eingeschaltet", "二要素認証が有効になりました"],
     NOT_YOU),
    ("user.2fa_disabled", ["Two-step sign-in is off", "La verificación en dos pasos está desactivada", "La double authentification est désactivée", "Die Zwei-Faktor-Anmeldung ist ausgeschaltet", "二要素認証が無効になりました"],
     NOT_YOU),
    ("user.recovery_codes_replaced", ["You have new recovery codes", "Tienes nuevos códigos de recuperación", "Vous avez de nouveaux codes de secours", "Du hast neue Wiederherstellungscodes", "新しいリカバリーコードが発行されました"],
     ["The old ones are worth nothing. Keep the new ones where you find them without this device.", "Los anteriores ya no valen. Guarda los nuevos donde los encuentres sin este dispositivo.", "Les anciens ne valent plus rien. Gardez les nouveaux là où vous les trouverez sans cet appareil.", "Die alten gelten nicht mehr. Bewahre die neuen dort auf, wo du sie ohne dieses Gerät findest.", "以前のコードは無効です。この端末がなくても見つけられる場所に保管してください。"]),
    ("user.recovery_code_used", ["One of your recovery codes was used", "Se ha usado uno de tus códigos de recuperación", "Un de vos codes de secours a été utilisé", "Einer deiner Wiederherstellungscodes wurde benutzt", "リカバリーコードが使われました"],
     NOT_YOU),
    ("user.changes_undone", ["Changes to your account were taken back", "Se han deshecho cambios en tu cuenta", "Des modifications de votre compte ont été annulées", "Änderungen an deinem Konto wurden zurückgenommen", "アカウントの変更が取り消されました"],
     ["Look through your security settings: what somebody else changed may be more than that.", "Revisa tus ajustes de seguridad: puede que alguien haya cambiado algo más.", "Vérifiez vos réglages de sécurité : quelqu’un a peut-être modifié autre chose.", "Sieh deine Sicherheitseinstellungen durch: Vielleicht hat jemand noch mehr geändert.", "ほかにも変更された点がないか、セキュリティ設定を確認してください。"]),
    ("user.deletion_requested", ["Your account will be deleted", "Tu cuenta se eliminará", "Votre compte sera supprimé", "Dein Konto wird gelöscht", "アカウントは削除されます"],
     ["Until then you can call it off.", "Hasta entonces puedes cancelarlo.", "D’ici là, vous pouvez l’annuler.", "Bis dahin kannst du das absagen.", "それまでは取りやめることができます。"]),
    ("passkey.added", ["A passkey was added", "Se ha añadido una llave de acceso", "Une clé d’accès a été ajoutée", "Ein Passkey wurde hinzugefügt", "パスキーが追加されました"],
     ["“{name}” can sign in to your account now. If you did not add it, follow the link in the mail about it, which takes it back.", "«{name}» ya permite entrar en tu cuenta. Si no la has añadido tú, sigue el enlace del correo que lo cuenta, que lo deshace.", "« {name} » permet désormais de se connecter à votre compte. Si vous ne l’avez pas ajoutée, suivez le lien de l’e-mail qui l’annonce, qui annule cet ajout.", "„{name}“ meldet jetzt in deinem Konto an. Wenn du ihn nicht hinzugefügt hast, folge dem Link in der Mail darüber, der ihn zurücknimmt.", "「{name}」でサインインできるようになりました。心当たりがない場合は、お知らせのメールのリンクから取り消してください。"]),
    ("passkey.removed", ["A passkey was removed", "Se ha quitado una llave de acceso", "Une clé d’accès a été retirée", "Ein Passkey wurde entfernt", "パスキーが削除されました"],
     ["“{name}” signs nobody in any more.", "«{name}» ya no permite iniciar sesión.", "« {name} » ne permet plus de se connecter.", "Mit „{name}“ meldet sich niemand mehr an.", "「{name}」ではサインインできなくなりました。"]),
    ("media.ready", ["Your picture is ready", "Tu imagen está lista", "Votre image est prête", "Dein Bild ist fertig", "画像の準備ができました"],
     ["It is in your gallery now.", "Ya está en tu galería.", "Elle est maintenant dans votre galerie.", "Es ist jetzt in deiner Galerie.", "ギャラリーに表示されています。"]),
    ("media.failed", ["Your picture could not be used", "No se ha podido usar tu imagen", "Votre image n’a pas pu être utilisée", "Dein Bild war nicht zu gebrauchen", "画像を使えませんでした"],
     ["Your gallery says why. Try another file.", "Tu galería dice por qué. Prueba con otro archivo.", "Votre galerie dit pourquoi. Essayez un autre fichier.", "Deine Galerie sagt, warum. Versuche es mit einer anderen Datei.", "理由はギャラリーで確認できます。別のファイルをお試しください。"]),
    ("profile.avatar_updated", ["Your new profile picture is there", "Tu nueva foto de perfil ya está", "Votre nouvelle photo de profil est là", "Dein neues Profilbild ist da", "新しいプロフィール画像が反映されました"],
     ["Others see it from now on.", "Los demás la ven desde ahora.", "Les autres la voient désormais.", "Andere sehen es ab jetzt.", "ほかの人にも表示されます。"]),
    ("profile.avatar_failed", ["Your new profile picture could not be used", "No se ha podido usar tu nueva foto de perfil", "Votre nouvelle photo de profil n’a pas pu être utilisée", "Dein neues Profilbild war nicht zu gebrauchen", "新しいプロフィール画像を使えませんでした"],
     ["The old one stays. Try another file.", "Se queda la anterior. Prueba con otro archivo.", "L’ancienne reste. Essayez un autre fichier.", "Das alte bleibt. Versuche es mit einer anderen Datei.", "以前の画像のままです。別のファイルをお試しください。"]),
    ("profile.badges_updated", ["Your badges have changed", "Tus insignias han cambiado", "Vos badges ont changé", "Deine Abzeichen haben sich geändert", "バッジが変わりました"],
     ["Your profile shows them.", "Tu perfil las muestra.", "Votre profil les montre.", "Dein Profil zeigt sie.", "プロフィールに表示されています。"]),
    ("review.recorded", ["A review of yours was recorded", "Se ha registrado una reseña tuya", "Un de vos avis a été enregistré", "Eine deiner Bewertungen wurde festgehalten", "あなたのレビューが記録されました"],
     ["It is among the reviews you gave.", "Está entre las reseñas que has dado.", "Il figure parmi les avis que vous avez donnés.", "Sie steht bei den Bewertungen, die du abgegeben hast.", "あなたが書いたレビューの一覧で確認できます。"]),
    ("user.export_ready", ["The copy of your data is ready", "La copia de tus datos está lista", "La copie de vos données est prête", "Die Kopie deiner Daten ist fertig", "データのコピーの準備ができました"],
     ["You can download it now.", "Ya puedes descargarla.", "Vous pouvez la télécharger.", "Du kannst sie jetzt herunterladen.", "ダウンロードできます。"]),
];

/// The text of a type that has none any more.
#[rustfmt::skip]
const SOMETHING: Texts = ["Something happened in your account", "Algo ha pasado en tu cuenta", "Quelque chose s’est passé dans votre compte", "In deinem Konto ist etwas geschehen", "アカウントに動きがありました"];

/// The title and the body of a notification in `language`.
pub(super) fn render(one: &Notification, language: Locale) -> (&'static str, String) {
    let detailed = one.detail.as_ref().and_then(|detail| find(&format!("{}/{detail}", one.kind)));
    let Some((title, body)) = detailed.or_else(|| find(&one.kind)) else {
        return (in_language(&SOMETHING, language), String::new());
    };
    let name = one.name.as_deref().unwrap_or("…");
    (in_language(title, language), in_language(body, language).replace("{name}", name))
}

fn find(key: &str) -> Option<(&'static Texts, &'static Texts)> {
    SAYINGS.iter().find(|(name, ..)| *name == key).map(|(_, title, body)| (title, body))
}

fn in_language([en, es, fr, de, ja]: &Texts, language: Locale) -> &'static str {
    match language {
        Locale::En => en,
        Locale::Es => es,
        Locale::Fr => fr,
        Locale::De => de,
        Locale::Ja => ja,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::notifications::kinds::EVENT_TYPES;

    #[test]
    fn every_event_type_has_its_texts_in_every_language() {
        let missing: Vec<_> = EVENT_TYPES.iter().filter(|kind| find(kind).is_none()).collect();
        assert_eq!(missing, Vec::<&&str>::new());
        for (key, title, body) in SAYINGS {
            let [first, ..] = body;
            let is_whole = |text: &&str| {
                !text.is_empty() && text.contains("{name}") == first.contains("{name}")
            };
            assert!(
                title.iter().all(|text| !text.is_empty()) && body.iter().all(is_whole),
                "{key}"
            );
        }
    }
}
