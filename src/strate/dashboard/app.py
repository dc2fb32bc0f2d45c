"""What Streamlit runs for each session and each click."""

from pathlib import Path

import streamlit as st

from strate.dashboard import frame, look
from strate.dashboard.views import PAGES, place

st.set_page_config(page_title="Customer segments", page_icon=str(Path(__file__).with_name("icon.svg")), layout="wide")
st.html(look.STYLE)
page = st.navigation([place(name) for name in PAGES])
frame.start()
frame.run(page)
