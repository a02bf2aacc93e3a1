//! What can be wrong with a field.

use super::shown::{JsonType, Shown, fill, in_language};
use super::{Text, texts};
use selfsame_primitives::Locale;
use serde::{Deserialize, Serialize};

texts! {
    /// What is wrong with a field, or with a body as a whole.
    Fault

    /// The body is not JSON.
    NotJson { line: usize, column: usize } "not_json"
        "This is not JSON (line {line}, column {column})."
        "Das ist kein JSON (Zeile {line}, Spalte {column})."
        "Esto no es JSON (línea {line}, columna {column})."
        "Ceci n’est pas du JSON (ligne {line}, colonne {column})."
        "JSONとして読めません({line}行{column}列)。";
    /// The body broke off.
    Incomplete "incomplete"
        "The body did not arrive whole."
        "Der Inhalt kam nicht vollständig an."
        "El contenido no llegó completo."
        "Le contenu n’est pas arrivé en entier."
        "本文が最後まで届きませんでした。";
    /// The value is of another type.
    WrongType { expected: JsonType } "wrong_type"
        "This must be {expected}."
        "Hier gehört {expected} hin."
        "Aquí va {expected}."
        "Il faut ici {expected}."
        "{expected}で指定してください。";
    /// The value has the right type, and yet is none that is taken.
    NotTaken "not_taken"
        "This value is not taken."
        "Dieser Wert wird nicht angenommen."
        "Este valor no se admite."
        "Cette valeur n’est pas acceptée."
        "この値は受け付けられません。";
    /// There is no such field or parameter.
    UnknownField "unknown_field"
        "This is not known here."
        "Das ist hier nicht bekannt."
        "Esto no se conoce aquí."
        "Ceci n’est pas connu ici."
        "この項目はありません。";
    /// The field is there more than once.
    Repeated "repeated"
        "This is given twice."
        "Das steht zweimal da."
        "Esto aparece dos veces."
        "Ceci figure deux fois."
        "同じ項目が二つあります。";
    /// The field must be there.
    Required "required"
        "This is needed."
        "Das wird gebraucht."
        "Este dato es necesario."
        "Ce champ est nécessaire."
        "入力してください。";
    /// One of several fields must be there.
    OneRequired { fields: Vec<String> } "one_required"
        "Give one of these: {fields}."
        "Gib eines davon an: {fields}."
        "Indica uno de estos: {fields}."
        "Indiquez l’un de ceux-ci : {fields}."
        "次のどれかを指定してください:{fields}。";
    /// Only one of several fields may be there.
    Exclusive { fields: Vec<String> } "exclusive"
        "Give only one of these: {fields}."
        "Gib nur eines davon an: {fields}."
        "Indica solo uno de estos: {fields}."
        "N’indiquez qu’un de ceux-ci : {fields}."
        "次のうち一つだけを指定してください:{fields}。";
    /// The field has a value always: `null` does not go.
    NotRemovable "not_removable"
        "This can be changed, but not removed."
        "Das lässt sich ändern, aber nicht entfernen."
        "Esto se puede cambiar, pero no quitar."
        "Ceci peut être modifié, mais pas supprimé."
        "変更はできますが、削除はできません。";
    /// The text is empty and must not be.
    Empty "empty"
        "This must not be empty."
        "Das darf nicht leer sein."
        "Esto no puede quedar vacío."
        "Ceci ne peut pas rester vide."
        "空にはできません。";
    /// There must be nothing in it.
    NotEmpty "not_empty"
        "Nothing may stand here."
        "Hier darf nichts stehen."
        "Aquí no puede haber nada."
        "Il ne faut rien ici."
        "ここには何も指定できません。";
    /// The text has fewer characters than it must.
    TooShort { min: usize } "too_short"
        "Use at least {min} {min|character|characters}."
        "Verwende mindestens {min} Zeichen."
        "Usa al menos {min} {min|carácter|caracteres}."
        "Utilisez au moins {min} {min|caractère|caractères}."
        "{min}文字以上にしてください。";
    /// The text has more characters than it may.
    TooLong { max: usize } "too_long"
        "Use at most {max} {max|character|characters}."
        "Verwende höchstens {max} Zeichen."
        "Usa como máximo {max} {max|carácter|caracteres}."
        "Utilisez au plus {max} {max|caractère|caractères}."
        "{max}文字以内にしてください。";
    /// It takes more bytes than it may.
    TooLarge { max: usize } "too_large"
        "This may take at most {max} bytes."
        "Das darf höchstens {max} Bytes groß sein."
        "Esto puede ocupar como máximo {max} bytes."
        "Ceci peut occuper au plus {max} octets."
        "{max}バイト以内にしてください。";
    /// The list has fewer entries than it must.
    TooFew { min: usize } "too_few"
        "Give at least {min} {min|entry|entries}."
        "Gib mindestens {min} {min|Eintrag|Einträge} an."
        "Indica al menos {min} {min|entrada|entradas}."
        "Indiquez au moins {min} {min|entrée|entrées}."
        "{min}件以上指定してください。";
    /// The list has more entries than it may.
    TooMany { max: usize } "too_many"
        "There may be at most {max} {max|entry|entries}."
        "Es sind höchstens {max} {max|Eintrag|Einträge} möglich."
        "Puede haber como máximo {max} {max|entrada|entradas}."
        "Il peut y avoir au plus {max} {max|entrée|entrées}."
        "{max}件まで指定できます。";
    /// The text holds control characters or others that nobody can see.
    Unprintable "unprintable"
        "This must not hold control characters or invisible direction marks."
        "Steuerzeichen und unsichtbare Richtungszeichen sind hier nicht erlaubt."
        "No puede contener caracteres de control ni marcas de dirección invisibles."
        "Les caractères de contrôle et les marques de direction invisibles ne sont pas admis."
        "制御文字や見えない方向指定の文字は使えません。";
    /// The number is too small or too large.
    OutOfRange { min: i64, max: u64 } "out_of_range"
        "Choose a number from {min} to {max}."
        "Wähle eine Zahl von {min} bis {max}."
        "Elige un número de {min} a {max}."
        "Choisissez un nombre de {min} à {max}."
        "{min}から{max}までの数にしてください。";
    /// The value is none of those that can be chosen.
    NotOneOf { allowed: Vec<String> } "not_one_of"
        "Choose one of these: {allowed}."
        "Wähle einen dieser Werte: {allowed}."
        "Elige uno de estos valores: {allowed}."
        "Choisissez l’une de ces valeurs : {allowed}."
        "次のどれかを選んでください:{allowed}。";
    /// The text is no email address.
    NotAnEmail "not_an_email"
        "This is not an email address. One looks like ada@example.org."
        "Das ist keine E-Mail-Adresse. Eine sieht aus wie ada@example.org."
        "Esto no es una dirección de correo. Una es como ada@example.org."
        "Ceci n’est pas une adresse e-mail. Une adresse ressemble à ada@example.org."
        "メールアドレスではありません。例:ada@example.org";
    /// The text has characters, or a length, that usernames can't have.
    NotAUsername { min: usize, max: usize } "not_a_username"
        "A username has {min} to {max} letters (a–z), digits, periods, underscores or hyphens."
        "Ein Benutzername hat {min} bis {max} Buchstaben (a–z), Ziffern, Punkte, Unterstriche oder Bindestriche."
        "Un nombre de usuario tiene de {min} a {max} letras (a–z), cifras, puntos, guiones bajos o guiones."
        "Un nom d’utilisateur compte de {min} à {max} lettres (a–z), chiffres, points, tirets bas ou tirets."
        "ユーザー名は{min}〜{max}文字の英字、数字、ピリオド、アンダースコア、ハイフンです。";
    /// The name is kept for the service.
    Reserved "reserved"
        "This name is reserved. Please choose another."
        "Dieser Name ist reserviert. Wähle einen anderen."
        "Este nombre está reservado. Elige otro."
        "Ce nom est réservé. Choisissez-en un autre."
        "この名前は予約されています。別の名前を選んでください。";
    /// Somebody else has it, or one that looks like it.
    Taken "taken"
        "Somebody has this already, or one that looks like it."
        "Das hat schon jemand, oder etwas sehr Ähnliches."
        "Alguien lo tiene ya, o uno muy parecido."
        "Quelqu’un l’a déjà, ou en a un très proche."
        "これ、またはよく似たものはすでに使われています。";
    /// Another account has this email address.
    EmailTaken "email_taken"
        "Another account has this email address."
        "Ein anderes Konto hat diese E-Mail-Adresse."
        "Otra cuenta tiene esta dirección de correo."
        "Un autre compte a cette adresse e-mail."
        "このメールアドレスは別のアカウントで使われています。";
    /// It is what the account has already.
    Unchanged "unchanged"
        "This is what you have already."
        "Das hast du bereits."
        "Es el que tienes ya."
        "C’est celui que vous avez déjà."
        "すでにこの内容になっています。";
    /// The time zone is not in the IANA database.
    NotATimeZone "not_a_time_zone"
        "This is not a time zone. One looks like America/Los_Angeles."
        "Das ist keine Zeitzone. Eine heißt zum Beispiel America/Los_Angeles."
        "Esto no es una zona horaria. Una es, por ejemplo, America/Los_Angeles."
        "Ceci n’est pas un fuseau horaire. Exemple : America/Los_Angeles."
        "タイムゾーンではありません。例:America/Los_Angeles";
    /// The text is no link.
    NotALink "not_a_link"
        "This is not a link. One looks like https://example.org/me."
        "Das ist kein Link. Einer sieht aus wie https://example.org/me."
        "Esto no es un enlace. Uno es como https://example.org/me."
        "Ceci n’est pas un lien. Exemple : https://example.org/me."
        "リンクではありません。例:https://example.org/me";
    /// The link does not begin with `https://` and a host name.
    NotHttps "not_https"
        "The link must begin with https:// and the name of a host."
        "Der Link muss mit https:// und dem Namen eines Servers beginnen."
        "El enlace debe empezar por https:// y el nombre de un servidor."
        "Le lien doit commencer par https:// et le nom d’un serveur."
        "リンクはhttps://とホスト名で始めてください。";
    /// The link leads to another platform than its name says.
    WrongHost { host: String } "wrong_host"
        "This link must lead to {host}."
        "Dieser Link muss zu {host} führen."
        "Este enlace debe llevar a {host}."
        "Ce lien doit mener à {host}."
        "リンク先は{host}にしてください。";
    /// The name of the link has other characters than `a-z`, `0-9` and `_`.
    NotAPlatform { max: usize } "not_a_platform"
        "The name of a link has 1 to {max} small letters, digits or underscores."
        "Der Name eines Links hat 1 bis {max} kleine Buchstaben, Ziffern oder Unterstriche."
        "El nombre de un enlace tiene de 1 a {max} letras minúsculas, cifras o guiones bajos."
        "Le nom d’un lien compte de 1 à {max} lettres minuscules, chiffres ou tirets bas."
        "リンクの名前は1〜{max}文字の英小文字、数字、アンダースコアです。";
    /// The address holds a user name or a password.
    HasCredentials "has_credentials"
        "The address must not hold a user name or a password."
        "In der Adresse darf kein Name und kein Passwort stehen."
        "La dirección no puede contener un usuario ni una contraseña."
        "L’adresse ne doit contenir ni nom d’utilisateur ni mot de passe."
        "アドレスにユーザー名やパスワードを含めないでください。";
    /// The address ends with `#…`.
    HasFragment "has_fragment"
        "The address must not have a part behind #."
        "In der Adresse darf nichts hinter einem # stehen."
        "La dirección no puede tener una parte tras #."
        "L’adresse ne doit rien avoir après un #."
        "アドレスに#以降の部分を含めないでください。";
    /// The address does not lead to where the service may send something.
    NotPublic { setting: String, reason: String } "not_public"
        "This must lead to a public address: {reason} is none, and in no network of {setting}."
        "Das muss zu einer öffentlichen Adresse führen: {reason} ist keine und liegt in keinem Netz von {setting}."
        "Esto debe llevar a una dirección pública: {reason} no lo es ni está en una red de {setting}."
        "Ceci doit mener à une adresse publique : {reason} n’en est pas une et n’est dans aucun réseau de {setting}."
        "公開されたアドレスにしてください。{reason}は公開されておらず、{setting}のネットワークにもありません。";
    /// The address is spoken to without TLS, and lies in no network where that is allowed.
    NotPlain { setting: String, reason: String } "not_plain"
        "This must begin with https://, or lead into a network of {setting}: {reason}."
        "Das muss mit https:// beginnen oder in ein Netz von {setting} führen: {reason}."
        "Esto debe empezar por https:// o llevar a una red de {setting}: {reason}."
        "Ceci doit commencer par https:// ou mener dans un réseau de {setting} : {reason}."
        "https://で始めるか、{setting}のネットワークにあるアドレスにしてください: {reason}。";
    /// There is no such port.
    NotAPort "not_a_port"
        "There is no such port."
        "Diesen Port gibt es nicht."
        "Ese puerto no existe."
        "Ce port n’existe pas."
        "そのポートはありません。";
    /// The code is of no country.
    NotACountry "not_a_country"
        "This is not the code of a country (ISO 3166-1). One has two letters, such as DE."
        "Das ist kein Ländercode (ISO 3166-1). Er hat zwei Buchstaben, zum Beispiel DE."
        "Esto no es el código de un país (ISO 3166-1). Tiene dos letras, por ejemplo DE."
        "Ceci n’est pas le code d’un pays (ISO 3166-1). Il a deux lettres, par exemple DE."
        "国コード(ISO 3166-1)ではありません。DEのような2文字です。";
    /// No country gives this number out.
    NotAPhone "not_a_phone"
        "No country gives this phone number out."
        "Diese Telefonnummer gibt es in keinem Land."
        "Ningún país tiene este número de teléfono."
        "Aucun pays n’attribue ce numéro de téléphone."
        "この電話番号はどの国にもありません。";
    /// The number has no country, neither by `+` nor beside it.
    PhoneWithoutCountry "phone_without_country"
        "Begin the number with + and the code of its country, or choose the country."
        "Beginne die Nummer mit + und der Landesvorwahl, oder wähle das Land."
        "Empieza el número con + y el prefijo del país, o elige el país."
        "Commencez le numéro par + et l’indicatif du pays, ou choisissez le pays."
        "番号を+と国番号で始めるか、国を選んでください。";
    /// The number has an extension.
    PhoneExtension "phone_extension"
        "Give the number without an extension."
        "Gib die Nummer ohne Durchwahl-Zusatz an."
        "Indica el número sin extensión."
        "Indiquez le numéro sans poste."
        "内線番号を除いて入力してください。";
    /// The country says how to read a number, and there is none.
    PhoneCountryAlone "phone_country_alone"
        "This only says how to read a phone number: send both."
        "Das sagt nur, wie eine Telefonnummer zu lesen ist: Sende beides."
        "Esto solo dice cómo leer un teléfono: envía ambos."
        "Ceci indique seulement comment lire un numéro : envoyez les deux."
        "電話番号の読み方を示すだけの項目です。番号と一緒に送ってください。";
    /// The text is no one-time code.
    NotACode { digits: usize } "not_a_code"
        "The code has {digits} digits, unless the mail has a longer one."
        "Der Code hat {digits} Ziffern, außer die Mail hat einen längeren."
        "El código tiene {digits} cifras, salvo que el correo traiga uno más largo."
        "Le code compte {digits} chiffres, sauf si le message en a un plus long."
        "コードは{digits}桁の数字です。メールに長いコードがある場合はそれを入力してください。";
    /// The code is wrong or was used.
    WrongCode "wrong_code"
        "This code is wrong, or was used already. Wait for the next one."
        "Dieser Code ist falsch oder wurde schon benutzt. Warte auf den nächsten."
        "Este código es incorrecto o ya se usó. Espera al siguiente."
        "Ce code est faux ou a déjà servi. Attendez le suivant."
        "コードが正しくないか、使用済みです。次のコードをお待ちください。";
    /// The password is not that of the account.
    WrongPassword "wrong_password"
        "That is not your password."
        "Das ist nicht dein Passwort."
        "Esa no es tu contraseña."
        "Ce n’est pas votre mot de passe."
        "パスワードが正しくありません。";
    /// The password has too few characters.
    PasswordTooShort { min: usize } "password_too_short"
        "Use at least {min} characters. A sentence is a good password."
        "Verwende mindestens {min} Zeichen. Ein Satz ist ein gutes Passwort."
        "Usa al menos {min} caracteres. Una frase es una buena contraseña."
        "Utilisez au moins {min} caractères. Une phrase est un bon mot de passe."
        "{min}文字以上にしてください。文章はよいパスワードになります。";
    /// The password is little more than the person's own name or address.
    PasswordOwnData "password_own_data"
        "The password must not be made of your name, username or email address."
        "Das Passwort darf nicht aus deinem Namen, Benutzernamen oder deiner E-Mail-Adresse bestehen."
        "La contraseña no puede formarse con tu nombre, tu usuario o tu correo."
        "Le mot de passe ne doit pas être formé de votre nom, de votre nom d’utilisateur ou de votre adresse."
        "名前、ユーザー名、メールアドレスをもとにしたパスワードは使えません。";
    /// Many people use this password.
    PasswordCommon "password_common"
        "Many people use this password, so it is tried first. Choose another."
        "Dieses Passwort benutzen viele, darum wird es zuerst probiert. Wähle ein anderes."
        "Mucha gente usa esta contraseña, así que se prueba primero. Elige otra."
        "Beaucoup de gens utilisent ce mot de passe : il est essayé en premier. Choisissez-en un autre."
        "多くの人が使うため最初に試されるパスワードです。別のものを選んでください。";
    /// The password follows a pattern that is tried early.
    PasswordGuessable { pattern: PasswordPattern } "password_guessable"
        "This is easy to guess. {pattern}Several unrelated words are better."
        "Das ist leicht zu erraten. {pattern}Mehrere Wörter ohne Zusammenhang sind besser."
        "Es fácil de adivinar. {pattern}Varias palabras sin relación son mejores."
        "C’est facile à deviner. {pattern}Plusieurs mots sans lien valent mieux."
        "推測されやすいパスワードです。{pattern}関係のない単語を並べるほうが安全です。";
    /// The password is one of the last.
    PasswordReused { last: usize } "password_reused"
        "This was one of your last {last} passwords. Choose another."
        "Das war eines deiner letzten {last} Passwörter. Wähle ein anderes."
        "Fue una de tus últimas {last} contraseñas. Elige otra."
        "C’était l’un de vos {last} derniers mots de passe. Choisissez-en un autre."
        "最近使った{last}個のパスワードの一つです。別のものを選んでください。";
    /// The answer is of no passkey of the account, or to no challenge that is open.
    WrongPasskey "wrong_passkey"
        "This is no answer of one of your passkeys to a challenge that is open. Try again."
        "Das ist keine Antwort eines deiner Passkeys auf eine offene Anfrage. Versuche es noch einmal."
        "No es la respuesta de una de tus llaves de acceso a una petición abierta. Inténtalo de nuevo."
        "Ce n’est pas la réponse de l’une de vos clés d’accès à une demande ouverte. Réessayez."
        "有効な要求に対するパスキーの応答ではありません。もう一度お試しください。";
    /// The link of a mail was used, is too old or is not complete.
    LinkNotGood { days: u64 } "link_not_good"
        "This link was used already, is older than {days} days, or is not complete."
        "Dieser Link wurde schon benutzt, ist älter als {days} Tage oder unvollständig."
        "Este enlace ya se usó, tiene más de {days} días o está incompleto."
        "Ce lien a déjà servi, a plus de {days} jours ou est incomplet."
        "リンクは使用済みか、{days}日より古いか、途中で切れています。";
    /// The text is no point in time.
    NotATime "not_a_time"
        "This is not a time. One looks like 2026-01-31T09:30:00Z, in 1970 or later."
        "Das ist kein Zeitpunkt. Einer sieht aus wie 2026-01-31T09:30:00Z, ab 1970."
        "Esto no es un momento. Uno es como 2026-01-31T09:30:00Z, de 1970 o después."
        "Ceci n’est pas un instant. Exemple : 2026-01-31T09:30:00Z, à partir de 1970."
        "日時ではありません。1970年以降の2026-01-31T09:30:00Zのような形式です。";
    /// The time lies ahead and must not.
    InFuture "in_future"
        "This must not lie in the future."
        "Das darf nicht in der Zukunft liegen."
        "Esto no puede estar en el futuro."
        "Ceci ne peut pas être dans le futur."
        "未来の日時にはできません。";
    /// It must come after another field, and does not.
    NotAfter { other: String } "not_after"
        "This must lie after {other}."
        "Das muss nach {other} liegen."
        "Esto debe ir después de {other}."
        "Ceci doit venir après {other}."
        "{other}より後にしてください。";
    /// It must come before another field, and does not.
    NotBefore { other: String } "not_before"
        "This must not lie after {other}."
        "Das darf nicht nach {other} liegen."
        "Esto no puede ir después de {other}."
        "Ceci ne doit pas venir après {other}."
        "{other}より後にはできません。";
    /// The text can be no id.
    NotAnId "not_an_id"
        "This is not an id."
        "Das ist keine Kennung."
        "Esto no es un identificador."
        "Ceci n’est pas un identifiant."
        "IDではありません。";
    /// There is nothing with this id or name.
    Unknown "unknown"
        "There is nothing of this name here."
        "Unter diesem Namen gibt es hier nichts."
        "Aquí no hay nada con ese nombre."
        "Il n’y a rien de ce nom ici."
        "該当するものがありません。";
    /// The text has characters, or a length, that such a name can't have.
    NotAName { max: usize } "not_a_name"
        "Use 1 to {max} characters of A–Z, a–z, 0–9 and _ . : -"
        "Verwende 1 bis {max} Zeichen aus A–Z, a–z, 0–9 und _ . : -"
        "Usa de 1 a {max} caracteres de A–Z, a–z, 0–9 y _ . : -"
        "Utilisez de 1 à {max} caractères parmi A–Z, a–z, 0–9 et _ . : -"
        "A–Z、a–z、0–9、_ . : - からなる1〜{max}文字にしてください。";
    /// The text is no type of activity.
    NotAKind { max: usize } "not_a_kind"
        "Use names in small letters with periods between them, at most {max} characters: order.placed"
        "Verwende klein geschriebene Namen mit Punkten dazwischen, höchstens {max} Zeichen: order.placed"
        "Usa nombres en minúsculas separados por puntos, como máximo {max} caracteres: order.placed"
        "Utilisez des noms en minuscules séparés par des points, au plus {max} caractères : order.placed"
        "小文字の名前をピリオドで区切った{max}文字以内の形式にしてください。例:order.placed";
    /// The type begins like one of the service's own.
    ReservedKind "reserved_kind"
        "This begins like a type of this service’s own, which only it records."
        "Das beginnt wie eine Art dieses Dienstes, die nur er selbst einträgt."
        "Empieza como un tipo propio de este servicio, que solo él registra."
        "Ceci commence comme un type propre à ce service, que lui seul enregistre."
        "このサービス自身だけが記録する種類と同じ始まり方です。";
    /// The text is no badge.
    NotABadge { max: usize } "not_a_badge"
        "A badge has 1 to {max} characters of a–z, 0–9 and _."
        "Ein Abzeichen hat 1 bis {max} Zeichen aus a–z, 0–9 und _."
        "Una insignia tiene de 1 a {max} caracteres de a–z, 0–9 y _."
        "Un badge compte de 1 à {max} caractères parmi a–z, 0–9 et _."
        "バッジはa–z、0–9、_ からなる1〜{max}文字です。";
    /// The text is no type of an event, and no family of types.
    NotAnEventType "not_an_event_type"
        "This is neither the type of an event nor a family such as profile.*"
        "Das ist weder die Art eines Ereignisses noch eine Gruppe wie profile.*"
        "Esto no es un tipo de evento ni una familia como profile.*"
        "Ceci n’est ni un type d’événement ni une famille comme profile.*"
        "イベントの種類でも、profile.*のような種類の集まりでもありません。";
    /// The cursor was not given out for this list and caller.
    ForeignCursor "foreign_cursor"
        "This list has not given you this cursor."
        "Diese Markierung hat dir diese Liste nicht gegeben."
        "Esta lista no te ha dado ese cursor."
        "Cette liste ne vous a pas donné ce curseur."
        "この一覧から渡されたカーソルではありません。";
    /// The number can't be added: the sum would leave what is allowed.
    DoesNotAdd { now: u64 } "does_not_add"
        "This can’t be added: the number is {now} now."
        "Das lässt sich nicht dazuzählen: Die Zahl ist jetzt {now}."
        "Esto no se puede sumar: el número es ahora {now}."
        "Ceci ne peut pas être ajouté : le nombre est maintenant {now}."
        "加算できません。現在の値は{now}です。";
    /// It names another user than the message does.
    OtherUser "other_user"
        "This is another user than the message’s."
        "Das ist jemand anderes als in der Nachricht."
        "Es otra persona que la del mensaje."
        "Ce n’est pas la personne du message."
        "メッセージの利用者と異なります。";
    /// The list must name exactly what is there, each once.
    NotTheSame "not_the_same"
        "Name exactly the active pictures, each once."
        "Nenne genau die aktiven Bilder, jedes einmal."
        "Nombra exactamente las imágenes activas, cada una una vez."
        "Nommez exactement les images actives, chacune une fois."
        "有効な画像をそれぞれ一度ずつ、過不足なく指定してください。";
    /// The part of a picture is not one.
    NotACrop "not_a_crop"
        "Write “x,y,width,height”, each from 0 to 1 and within the upright picture."
        "Schreibe „x,y,width,height“, jeweils von 0 bis 1 und innerhalb des aufrechten Bildes."
        "Escribe «x,y,width,height», cada valor de 0 a 1 y dentro de la imagen derecha."
        "Écrivez « x,y,width,height », chacun de 0 à 1 et dans l’image redressée."
        "「x,y,width,height」を、それぞれ0〜1で、正しい向きの画像の範囲内に指定してください。";
    /// The multipart form is broken.
    NotAForm "not_a_form"
        "This is not a whole multipart form."
        "Das ist kein vollständiges Multipart-Formular."
        "Esto no es un formulario multipart completo."
        "Ceci n’est pas un formulaire multipart complet."
        "完全なマルチパートフォームではありません。";
    /// The text is not what it must be in base64, or not the JSON in it.
    NotMediaMeta "not_media_meta"
        "This must be an object of size, format, width and height, as JSON in base64."
        "Das muss ein Objekt mit size, format, width und height sein, als JSON in Base64."
        "Debe ser un objeto con size, format, width y height, en JSON y base64."
        "Il faut un objet avec size, format, width et height, en JSON puis base64."
        "size、format、width、heightを持つオブジェクトを、JSONにしてbase64で指定してください。";
    /// The picture is of a type that is not taken.
    PictureType { allowed: Vec<String> } "picture_type"
        "Send a picture of one of these types: {allowed}."
        "Sende ein Bild in einem dieser Formate: {allowed}."
        "Envía una imagen de uno de estos tipos: {allowed}."
        "Envoyez une image de l’un de ces types : {allowed}."
        "次の形式の画像を送ってください:{allowed}。";
    /// The picture has too many bytes, pixels or frames.
    PictureTooLarge "picture_too_large"
        "This picture is too large. Send a smaller version of it."
        "Dieses Bild ist zu groß. Sende eine kleinere Fassung."
        "Esta imagen es demasiado grande. Envía una versión más pequeña."
        "Cette image est trop grande. Envoyez-en une version plus petite."
        "画像が大きすぎます。小さくしたものを送ってください。";
    /// The picture can't be read.
    PictureUnreadable "picture_unreadable"
        "This picture can’t be read. Save it again in a picture editor and send the new file."
        "Dieses Bild lässt sich nicht lesen. Speichere es in einem Bildprogramm neu und sende die neue Datei."
        "No se puede leer esta imagen. Guárdala de nuevo en un editor y envía el archivo nuevo."
        "Cette image est illisible. Enregistrez-la à nouveau dans un éditeur et envoyez le nouveau fichier."
        "画像を読み込めません。画像編集ソフトで保存し直してから送ってください。";
    /// Such an alias goes with a session, and there is none.
    NeedsSession "needs_session"
        "This can be “session” only where you have signed in with this service."
        "„session“ geht nur, wenn du dich bei diesem Dienst angemeldet hast."
        "Solo puede ser «session» si has iniciado sesión en este servicio."
        "Ceci ne peut être « session » que si vous vous êtes connecté à ce service."
        "「session」は、このサービスにサインインしている場合にだけ使えます。";
    /// The field has a meaning only together with another.
    NeedsField { other: String } "needs_field"
        "This means something only together with {other}."
        "Das gilt nur zusammen mit {other}."
        "Esto solo tiene sentido junto con {other}."
        "Ceci n’a de sens qu’avec {other}."
        "{other}と一緒に指定してください。";
    /// The event is not among what was given up there.
    NotGivenUp { sink: String } "not_given_up"
        "This is not among what {sink} gave up. Replay what was delivered by user and sequence."
        "Das ist nicht unter dem, was {sink} aufgegeben hat. Zugestelltes wiederholst du nach Person und Folge."
        "No está entre lo que {sink} abandonó. Lo entregado se repite por usuario y secuencia."
        "Ceci n’est pas parmi ce que {sink} a abandonné. Rejouez ce qui fut livré par utilisateur et séquence."
        "{sink}が諦めたものの中にありません。配信済みのものは利用者と順番で再送してください。";
    /// It lies behind the newest there is.
    BeyondEnd "beyond_end"
        "This lies behind the newest event of this user."
        "Das liegt hinter dem neuesten Ereignis dieser Person."
        "Está después del evento más reciente de este usuario."
        "Ceci vient après le dernier événement de cet utilisateur."
        "この利用者の最新のイベントより後です。";
    /// Objects and lists lie in each other too deep.
    TooDeep { max: usize } "too_deep"
        "Objects and lists may lie in each other at most {max} {max|level|levels} deep."
        "Objekte und Listen dürfen höchstens {max} {max|Ebene|Ebenen} tief ineinander liegen."
        "Los objetos y las listas pueden estar anidados como máximo en {max} {max|nivel|niveles}."
        "Les objets et les listes peuvent être imbriqués sur {max} {max|niveau|niveaux} au plus."
        "オブジェクトと配列の入れ子は{max}段までです。";
}

/// What makes a password easy to guess.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub enum PasswordPattern {
    /// Nothing that can be said in a word.
    Other,
    /// Keys in a row of the keyboard.
    Keys,
    /// The same again and again.
    Repetition,
    /// A sequence such as abc or 6543.
    Sequence,
    /// A date or a year.
    Date,
    /// A word or a name.
    Word,
    /// A much-used password, or one like it.
    Common,
}

impl Shown for PasswordPattern {
    fn json(&self) -> serde_json::Value {
        serde_json::json!(match self {
            Self::Other => "other",
            Self::Keys => "keys",
            Self::Repetition => "repetition",
            Self::Sequence => "sequence",
            Self::Date => "date",
            Self::Word => "word",
            Self::Common => "common",
        })
    }

    fn show(&self, language: Locale) -> String {
        let texts = match self {
            Self::Other => return String::new(),
            Self::Keys => [
                "Rows of keys are tried early.",
                "Tastenreihen werden früh probiert.",
                "Las filas de teclas se prueban pronto.",
                "Les suites de touches sont essayées tôt.",
                "キーの並びは早く試されます。",
            ],
            Self::Repetition => [
                "Repetitions are tried early.",
                "Wiederholungen werden früh probiert.",
                "Las repeticiones se prueban pronto.",
                "Les répétitions sont essayées tôt.",
                "繰り返しは早く試されます。",
            ],
            Self::Sequence => [
                "Sequences such as abc or 6543 are tried early.",
                "Folgen wie abc oder 6543 werden früh probiert.",
                "Las secuencias como abc o 6543 se prueban pronto.",
                "Les suites comme abc ou 6543 sont essayées tôt.",
                "abcや6543のような並びは早く試されます。",
            ],
            Self::Date => [
                "Dates and years are tried early.",
                "Daten und Jahreszahlen werden früh probiert.",
                "Las fechas y los años se prueban pronto.",
                "Les dates et les années sont essayées tôt.",
                "日付や年は早く試されます。",
            ],
            Self::Word => [
                "Single words and names are tried early.",
                "Einzelne Wörter und Namen werden früh probiert.",
                "Las palabras y los nombres sueltos se prueban pronto.",
                "Les mots et les noms isolés sont essayés tôt.",
                "一つの単語や名前は早く試されます。",
            ],
            Self::Common => [
                "It is like a password that many people use.",
                "Es ähnelt einem viel benutzten Passwort.",
                "Se parece a una contraseña muy usada.",
                "Il ressemble à un mot de passe très répandu.",
                "よく使われるパスワードに似ています。",
            ],
        };
        let space = if language == Locale::Ja { "" } else { " " };
        format!("{}{space}", in_language(texts, language))
    }
}
