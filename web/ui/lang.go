package ui

import (
	"cmp"
	"context"
	"embed"
	"fmt"
	"io/fs"
	"slices"
	"strconv"
	"strings"

	"github.com/BurntSushi/toml"
	"github.com/nicksnyder/go-i18n/v2/i18n"
	"golang.org/x/text/language"
)

// Lang is a language of the pages, as it stands first in every address: /en/, /zh/.
type Lang string

// The languages of Doorbuster.
const (
	En Lang = "en"
	Zh Lang = "zh"
)

// Langs lists all languages; the first one is spoken when nothing else fits.
var Langs = []Lang{En, Zh}

// words are the files of each language: active.* the shop's words, which the console uses too; console*.* the console's own.
//
//go:embed *.toml
var words embed.FS

// localizers holds one ready localizer per language. The files are compiled in, so a
// file that cannot be read is a broken build and may stop the program.
var localizers = func() map[Lang]*i18n.Localizer {
	bundle := i18n.NewBundle(language.English)
	bundle.RegisterUnmarshalFunc("toml", toml.Unmarshal)
	out := make(map[Lang]*i18n.Localizer, len(Langs))
	files, err := fs.Glob(words, "*.toml")
	if err != nil {
		panic(fmt.Errorf("ui: words: %w", err))
	}
	for _, file := range files {
		if _, err := bundle.LoadMessageFileFS(words, file); err != nil {
			panic(fmt.Errorf("ui: words: %w", err))
		}
	}
	for _, lang := range Langs {
		out[lang] = i18n.NewLocalizer(bundle, string(lang))
	}
	return out
}()

// matcher knows Chinese twice: who reads traditional characters reads ours rather than
// English. matched gives our language for each of its tags.
var (
	matcher = language.NewMatcher([]language.Tag{language.English, language.SimplifiedChinese, language.TraditionalChinese})
	matched = []Lang{En, Zh, Zh}
)

// ParseLang reads the first part of an address.
func ParseLang(s string) (Lang, bool) {
	for _, lang := range Langs {
		if s == string(lang) {
			return lang, true
		}
	}
	return Langs[0], false
}

// maxWishes is how many languages of a header are looked at; browsers send fewer.
const maxWishes = 16

// Match gives the language that an Accept-Language header likes best, English when it
// likes none of ours. A part that cannot be read is skipped, not the whole header.
func Match(acceptLanguage string) Lang {
	type wish struct {
		tag    language.Tag
		weight float32
	}
	wishes := make([]wish, 0, maxWishes)
	rest := acceptLanguage
	for range maxWishes {
		var one string
		one, rest, _ = strings.Cut(rest, ",")
		if len(one) > 64 {
			continue
		}
		tags, weights, err := language.ParseAcceptLanguage(one)
		if err == nil && len(tags) == 1 {
			wishes = append(wishes, wish{tags[0], weights[0]})
		}
	}
	slices.SortStableFunc(wishes, func(a, b wish) int { return cmp.Compare(b.weight, a.weight) })
	tags := make([]language.Tag, 0, maxWishes)
	for _, one := range wishes {
		tags = append(tags, one.tag)
	}
	_, index, confidence := matcher.Match(tags...)
	if confidence == language.No {
		return Langs[0]
	}
	return matched[index]
}

type langKey struct{}

// With puts the language of the page into the context that pages are rendered with.
func With(ctx context.Context, lang Lang) context.Context {
	return context.WithValue(ctx, langKey{}, lang)
}

// From gives the language of the page, English when none was set.
func From(ctx context.Context) Lang {
	if lang, ok := ctx.Value(langKey{}).(Lang); ok {
		return lang
	}
	return Langs[0]
}

// Tag is the language for the lang attribute.
func (l Lang) Tag() string {
	if l == Zh {
		return "zh-Hans"
	}
	return string(l)
}

// Name is what the language calls itself.
func (l Lang) Name() string {
	if l == Zh {
		return "中文"
	}
	return "English"
}

// Other is the language that the switch offers.
func (l Lang) Other() Lang {
	if l == Zh {
		return En
	}
	return Zh
}

// Path puts the language of the page in front of a path: "/items/12" → "/en/items/12".
func Path(ctx context.Context, path string) string {
	return "/" + string(From(ctx)) + path
}

// T gives the words of a message in the language of the page. Pairs are name and value
// of its placeholders; integers are written with their thousands apart, and the one
// named N also chooses singular or plural. A message that does not exist reads as its
// id: ugly, but the page still works; a test finds it.
func T(ctx context.Context, id string, pairs ...any) string {
	lang := From(ctx)
	config := i18n.LocalizeConfig{MessageID: id}
	if len(pairs) > 0 {
		data := make(map[string]any, len(pairs)/2)
		for i := 0; i+1 < len(pairs); i += 2 {
			name, value := fmt.Sprint(pairs[i]), pairs[i+1]
			if name == "N" {
				config.PluralCount = value
			}
			data[name] = shown(value)
		}
		config.TemplateData = data
	}
	text, err := localizers[lang].Localize(&config)
	if err != nil && text == "" {
		return id
	}
	return text
}

// Known gives the words of one of some words that a program keeps, such as a state: those of prefix and the word. One that is none of all stands as it is.
func Known(ctx context.Context, prefix string, all []string, word string) string {
	if !slices.Contains(all, word) {
		return word
	}
	return T(ctx, prefix+word)
}

func shown(value any) any {
	switch v := value.(type) {
	case int:
		return Grouped(int64(v))
	case int64:
		return Grouped(v)
	default:
		return value
	}
}

// Grouped writes a whole number with a comma between thousands, as both languages do.
func Grouped(n int64) string {
	return groupDigits(strconv.FormatInt(n, 10))
}

// groupDigits works on digits that may have a sign in front.
func groupDigits(digits string) string {
	sign := ""
	if strings.HasPrefix(digits, "-") {
		sign, digits = "-", digits[1:]
	}
	var out strings.Builder
	out.WriteString(sign)
	for i, digit := range digits {
		if i > 0 && (len(digits)-i)%3 == 0 {
			out.WriteByte(',')
		}
		out.WriteRune(digit)
	}
	return out.String()
}
