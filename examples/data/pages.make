# Rules for make.toy: a page and a text by other examples, and how large they are.
OUT = build

all: $(OUT)/sample.html $(OUT)/glider.txt $(OUT)/sizes.txt

$(OUT)/sample.html: examples/data/sample.md
    mkdir -p $(OUT)
    toy examples/markdown.toy $< > $@

$(OUT)/glider.txt: examples/data/glider.cells
    mkdir -p $(OUT)
    toy examples/life.toy $< > $@

$(OUT)/sizes.txt: $(OUT)/sample.html $(OUT)/glider.txt
    wc -c $^ > $@

clean:
    rm -rf $(OUT)
