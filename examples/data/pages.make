# Rules for make.toy: two pages out of a head and a text each.
HEAD = head.html
PAGES = tea.html mug.html

all: $(PAGES) list.txt

tea.html: $(HEAD) tea.txt
    cat $^ > $@

mug.html: $(HEAD) mug.txt
    cat $^ > $@

list.txt: $(PAGES)
    grep -h Title $^ | sort > $@

clean:
    rm -f $(PAGES) list.txt
