package admin

import (
	"regexp"
	"strings"
	"testing"

	"doorbuster/store"
)

var (
	reasonCell    = regexp.MustCompile(`(?s)<td class="any" data-label="(?:原因|问题)"( lang="en")?>(.*?)</td>`)
	englishWords  = regexp.MustCompile(`\b(is|has|the|write|rows?|problems?|remove|never)\b`)
	wrongProducts = importHead + "lid,Lid,,,L-2,\"1,00\",,\npan,Pan,,,P-1\n,Pot,,,P-2,1.00,,\n" + strings.Repeat("cup,Cup,,,,x,,\n", 60)
)

// inChinese wants reasons on a page, in Chinese, and none that is marked as English.
func inChinese(t *testing.T, what, body string, wants ...string) {
	t.Helper()
	cells := reasonCell.FindAllStringSubmatch(body, -1)
	if len(cells) == 0 {
		t.Errorf("%s: no reasons", what)
	}
	for _, c := range cells {
		if c[1] != "" || englishWords.MatchString(c[2]) {
			t.Errorf("%s says %s", what, c[2])
		}
	}
	for _, want := range wants {
		if !strings.Contains(body, want) {
			t.Errorf("%s lacks %q", what, want)
		}
	}
}

// Who reads the console in Chinese is told in Chinese what is wrong with a file, whichever code it has; the table keeps it in English too.
func TestBadRowsInChinese(t *testing.T) {
	c := newConsole(t)
	ann := c.session(c.member("ann", store.RoleMerchant, 1), signedIn)
	to := strings.Replace(ann.newDraft("drop"), "/en/", "/zh/", 1) + "/import"
	a := ann.upload(to, catalogHead+"lamp,Lamp,L-1,x,"+`"1,00"`+",\nlid,Lid,L-2\n"+strings.Repeat("cup,Cup,,x,y,\n", 60), "currency", "EUR")
	inChinese(t, "the wizard", a.body, "&#34;1,00&#34; 含有逗号，请填写 1.00", "该行有 3 个单元格，表头有 6 个", "&#34;x&#34; 不是整数", "未填写", "个问题")
	inChinese(t, "a header that cannot be read", ann.upload(to, "Handle,\"Title\n", "currency", "EUR").body, "第 2 列")
	inChinese(t, "a file cut off", ann.upload(to, catalogHead+"lamp,\"Lamp", "currency", "EUR").body, "引号没有闭合")

	path := strings.Replace(ann.uploadProducts(wrongProducts), "/en/", "/zh/", 1)
	inChinese(t, "the import", ann.get(path).body, "&#34;1,00&#34; 含有逗号，请填写 1.00", "该行有 5 个单元格，表头有 8 个", "未填写", "个问题")
	kept := `{"line":2,"column":"Variant Price","reason":"\"1,00\" has a comma; write 1.00","code":"price_comma","args":["\"1,00\"","1.00"]}`
	if n := c.count("SELECT COUNT(*) FROM product_imports WHERE LOCATE(?, problems) > 0", kept); n != 1 {
		t.Error("the table does not keep code, arguments and the English words")
	}
}

// A reason that another version has kept is said in English, and marked as such, on a page of any language.
func TestReasonsOfAnotherVersion(t *testing.T) {
	c := newConsole(t)
	ann := c.session(c.member("ann", store.RoleMerchant, 1), signedIn)
	path := strings.Replace(ann.uploadProducts(wrongProducts), "/en/", "/zh/", 1)
	for name, problem := range map[string]string{
		"without a code":    `{"line":2,"column":"","reason":"is <odd>"}`,
		"an unknown code":   `{"line":2,"column":"","reason":"is <odd>","code":"from_the_future","args":["x"]}`,
		"too few arguments": `{"line":2,"column":"","reason":"is <odd>","code":"price_comma","args":["x"]}`,
		"no number":         `{"line":2,"column":"","reason":"is <odd>","code":"more_problems","args":["many"]}`,
	} {
		c.exec("UPDATE product_imports SET problems = ?", "["+problem+"]")
		cells := reasonCell.FindAllStringSubmatch(ann.get(path).body, -1)
		if len(cells) != 1 || cells[0][1] != ` lang="en"` || strings.TrimSpace(cells[0][2]) != "is &lt;odd&gt;" {
			t.Errorf("%s: %q", name, cells)
		}
	}
}
